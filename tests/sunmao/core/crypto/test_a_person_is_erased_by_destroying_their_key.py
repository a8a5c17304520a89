from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.db import connection

from sunmao.core import tenancy
from sunmao.core.crypto import persons
from sunmao.core.crypto.keyring import SealedDataUnreadable
from sunmao.core.models import PersonKey
from tests.fixtures.cast import Cast
from tests.fixtures.committed import Standing

MEI, SHOPPER = "user:mei", "subject:openid-4711"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    persons.forget()


def test_a_persons_text_opens_until_the_key_is_destroyed(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        token = persons.seal_for(MEI, "我的电话是 13800138000", context="t.c:1")
        other = persons.seal_for(SHOPPER, "another's", context="t.c:2")
        assert persons.open_for(MEI, token, context="t.c:1") == "我的电话是 13800138000"

        assert persons.destroy(MEI) == 1

        assert persons.open_for(MEI, token, context="t.c:1") is None
        assert persons.open_for(SHOPPER, other, context="t.c:2") == "another's"
        assert persons.destroy(MEI) == 0


def test_what_a_duty_keeps_outlives_the_person(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        ordinary = persons.seal_for(MEI, "about a sofa", context="t.c:1")
        kept = persons.seal_for(MEI, "about a fever", context="t.c:2", duty="medical")

        persons.destroy(MEI)

        assert persons.open_for(MEI, ordinary, context="t.c:1") is None
        assert persons.open_for(MEI, kept, context="t.c:2") == "about a fever"


def test_whoever_comes_back_after_erasure_gets_another_key(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        before = persons.seal_for(SHOPPER, "before", context="t.c:1")
        persons.destroy(SHOPPER)

        after = persons.seal_for(SHOPPER, "after", context="t.c:1")

        assert persons.open_for(SHOPPER, after, context="t.c:1") == "after"
        assert persons.open_for(SHOPPER, before, context="t.c:1") is None
        assert [key.destroyed_at is None for key in persons.keys_of(SHOPPER)] == [False, True]


@pytest.mark.parametrize(
    ("_case", "person", "context"),
    [("it is another person's", SHOPPER, "t.c:1"), ("it was moved to another row", MEI, "t.c:2")],
)
def test_a_persons_token_is_refused_when(_case: str, person: str, context: str, cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        persons.seal_for(SHOPPER, "has a key too", context="t.c:9")
        token = persons.seal_for(MEI, "secret", context="t.c:1")

        with pytest.raises(SealedDataUnreadable):
            persons.open_for(person, token, context=context)


def test_another_organisation_can_neither_open_nor_destroy(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        token = persons.seal_for(MEI, "secret", context="t.c:1")

    with tenancy.scope(cast.qinghe.pk):
        assert persons.destroy(MEI) == 0
        with pytest.raises(SealedDataUnreadable):
            persons.open_for(MEI, token, context="t.c:1")

    with tenancy.scope(cast.hemu.pk):
        assert persons.open_for(MEI, token, context="t.c:1") == "secret"


def test_neither_name_nor_key_stand_in_the_table(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        persons.seal_for("subject:13800138000", "x", context="t.c:1")
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_jsonb(k)::text FROM core_personkey k")
            row = cursor.fetchone()[0]

    assert "13800138000" not in row
    assert row.count("s1.tests.") == 2


def test_first_texts_of_one_person_at_one_moment_share_a_key(standing: Standing) -> None:
    tokens: list[str] = []
    start = threading.Barrier(4)

    def first_text(number: int) -> None:
        try:
            start.wait()
            with tenancy.scope(standing.organisation.pk):
                tokens.append(persons.seal_for(MEI, f"text {number}", context=f"t.c:{number}"))
        finally:
            connection.close()

    threads = [threading.Thread(target=first_text, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({token.split(".")[1] for token in tokens}) == 1
    with tenancy.scope(standing.organisation.pk):
        assert persons.keys_of(MEI).count() == 1


def test_a_key_of_a_transaction_that_failed_seals_nothing_afterwards(standing: Standing) -> None:
    def fail_after_sealing() -> None:
        with tenancy.scope(standing.organisation.pk):
            persons.seal_for(MEI, "lost", context="t.c:1")
            raise LookupError

    with pytest.raises(LookupError):
        fail_after_sealing()

    with tenancy.scope(standing.organisation.pk):
        token = persons.seal_for(MEI, "kept", context="t.c:1")
    persons.forget()
    with tenancy.scope(standing.organisation.pk):
        assert persons.open_for(MEI, token, context="t.c:1") == "kept"


def test_another_process_forgets_a_destroyed_key_in_seconds(standing: Standing, monkeypatch: Any) -> None:
    with tenancy.scope(standing.organisation.pk):
        token = persons.seal_for(MEI, "secret", context="t.c:1")
    with tenancy.scope(standing.organisation.pk):
        persons.open_for(MEI, token, context="t.c:1")
    with tenancy.scope(standing.organisation.pk):  # what `destroy` of another process leaves behind
        PersonKey.objects.update(secret=None, person=None, destroyed_at="2026-01-01T00:00Z")
        assert persons.open_for(MEI, token, context="t.c:1") == "secret"

    later = time.monotonic() + persons.REMEMBERED_SECONDS
    monkeypatch.setattr(persons.time, "monotonic", lambda: later)

    with tenancy.scope(standing.organisation.pk):
        assert persons.open_for(MEI, token, context="t.c:1") is None
