"""Secrets become references, texts about people stand under their keys, and nothing is endless."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from sunmao.audit.masking import LONGEST_TEXT, MOST_ITEMS, is_secret, masked
from sunmao.audit.models import Entry
from sunmao.audit.sealing import seal
from sunmao.audit.services import record
from sunmao.audit.subject import AuditLog
from sunmao.audit.verifying import verify
from sunmao.core import tenancy
from sunmao.core.crypto import persons
from sunmao.core.origin import Origin, set_origin
from tests.fixtures import Cast, Standing

HUSH = "correct horse battery staple"
KEY = "sm_" + "Ab1_" * 10


@pytest.mark.parametrize(
    "name",
    [
        "password", "new_password", "api_key", "apiKey", "Secret", "access_token", "Authorization",
        "Set-Cookie", "client_secret", "totp", "recovery_codes", "private_key", "X-API-Key", "session_key",
    ],
)  # fmt: skip
def test_a_secret_is_replaced_by_its_reference(name: str) -> None:
    told = masked({"deep": [{name: HUSH, "name": "Lin"}]})
    reference = told["deep"][0][name]
    assert reference.startswith("hmac:")
    assert HUSH not in str(told)
    assert told["deep"][0]["name"] == "Lin"
    assert masked({name: HUSH})[name] == reference  # the same secret has the same reference
    assert masked({name: HUSH + "r"})[name] != reference


@pytest.mark.parametrize(
    "name", ["max_tokens", "tokens", "tokens_per_day", "passenger", "secretary", "monkey"]
)
def test_a_name_that_only_sounds_so_is_left_alone(name: str) -> None:
    assert not is_secret(name)
    assert masked({name: 7}) == {name: 7}


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"made {KEY} today", KEY),
        ("Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"),
        ("postgresql://app:hunter22@db/sunmao", "hunter22"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-123_x", "eyJhbGciOiJIUzI1NiJ9"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "MIIE"),
        ("otpauth://totp/Sunmao:lin?secret=JBSWY3DP", "JBSWY3DP"),
        ("sk-" + "a" * 40, "sk-aaaa"),
    ],
    ids=[
        "an API key",
        "a bearer",
        "a password in a URL",
        "a JWT",
        "a private key",
        "a TOTP seed",
        "a model key",
    ],
)
def test_a_secret_inside_a_text_is_replaced(text: str, secret: str) -> None:
    told = masked({"note": [text]})
    assert secret not in str(told)
    assert "hmac:" in told["note"][0]


def test_an_entry_has_an_end() -> None:
    told = masked({"text": "x" * 5000, "list": list(range(5000)), "deep": _nested(20)})
    assert len(told["text"]) == LONGEST_TEXT
    assert len(told["list"]) == MOST_ITEMS
    assert str(told["deep"]).count("{") < 10


def _nested(depth: int) -> Any:
    return {"inner": _nested(depth - 1)} if depth else "bottom"


def test_what_the_database_cannot_keep_is_replaced(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        entry = record(
            actor=cast.lin.actor, verb="thing.noted", subject=AuditLog(cast.hemu.pk), name="a\0b\ud800c"
        )
        assert Entry.objects.get(pk=entry.pk).detail == {"name": "a\N{REPLACEMENT CHARACTER}b?c"}


def test_who_and_where_from_stand_under_the_persons_key(standing: Standing) -> None:
    lin = replace(standing.actor, kind="user", id=standing.organisation.pk, name="Lin Planted-Name")
    customer = replace(lin, kind="api_key", name="Shop", on_behalf_of="customer-4711")
    set_origin(Origin("203.0.113.9", "Browser/1"))
    with tenancy.scope(standing.organisation.pk):
        subject = AuditLog(standing.organisation.pk)
        one = record(actor=lin, verb="thing.noted", subject=subject)
        other = record(actor=customer, verb="thing.noted", subject=subject)
        set_origin(Origin())
        mine, theirs = (Entry.objects.get(pk=entry.pk) for entry in (one, other))
        assert mine.origin == {"name": "Lin Planted-Name", "address": "203.0.113.9", "agent": "Browser/1"}
        assert (mine.who, theirs.who) == ("Lin Planted-Name", "Shop")
        assert theirs.origin["on_behalf_of"] == "customer-4711"
        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(e::text, '') FROM audit_entry e")
            stored = cursor.fetchone()[0]
    for text in ("Planted", "203.0.113.9", "customer-4711", "Browser/1"):
        assert text not in stored


def test_an_erased_person_leaves_an_entry_that_still_verifies(standing: Standing) -> None:
    lin = replace(standing.actor, kind="user", id=standing.organisation.pk, name="Lin")
    with tenancy.scope(standing.organisation.pk):
        entry = record(
            actor=standing.actor,
            verb="member.added",
            subject=AuditLog(standing.organisation.pk),
            before={"role": ""},
            after={"role": "agent"},
            personal={"username": "lin.planted"},
            person=lin.subject,
            team="sales",
        )
        record(actor=lin, verb="thing.noted", subject=AuditLog(standing.organisation.pk))
    seal(standing.organisation.pk)
    with tenancy.scope(standing.organisation.pk):
        assert Entry.objects.get(pk=entry.pk).personal == {"username": "lin.planted"}
        persons.destroy(lin.subject)
        kept = Entry.objects.get(pk=entry.pk)
        own = Entry.objects.get(verb="thing.noted")
        assert (kept.personal, kept.before, kept.after) == (None, {"role": ""}, {"role": "agent"})
        assert (kept.detail, kept.who) == ({"team": "sales"}, "tester")
        with translation.override("en"):
            assert (own.origin, str(own.who)) == (None, "Erased at the person's request")
    assert verify(standing.organisation.pk).problems == []


def test_what_a_law_keeps_stays_readable_after_an_erasure(standing: Standing) -> None:
    lin = replace(standing.actor, kind="user", id=standing.organisation.pk, name="Lin")
    with tenancy.scope(standing.organisation.pk):
        entry = record(
            actor=lin,
            verb="answer.intended",
            subject=AuditLog(standing.organisation.pk),
            task="investment_advisory.ask",
        )
        persons.destroy(lin.subject)
        kept = Entry.objects.get(pk=entry.pk)
        assert (kept.who, kept.retention) == ("Lin", "investment")
