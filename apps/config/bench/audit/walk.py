"""How quickly a chain is verified, and whether each kind of tampering is found."""

from __future__ import annotations

import statistics
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import psycopg

from apps.config.bench.options import Options
from apps.config.bench.people import People
from apps.config.bench.report import Case, Report
from apps.config.bench.stack import Stack
from apps.config.bench.verdict import at_least, judge
from sunmao.accounts.services import create_organisation
from sunmao.audit.heads import Head, head_of
from sunmao.audit.sealing import seal
from sunmao.audit.verifying import verify
from sunmao.core import tenancy
from sunmao.core.crypto import persons

ROWS_PER_SECOND = 50_000
_FILL = """
    INSERT INTO audit_entry (id, organisation_id, at, actor_kind, actor_id, actor_name, actor_key, origin,
        verb, subject_kind, subject_id, detail, after, content, retention, request_id)
    SELECT gen_random_uuid(), %(organisation)s, now(), 'user', gen_random_uuid(), '', %(key)s, %(origin)s,
        'thing.noted', 'thing', gen_random_uuid()::text,
        jsonb_build_object('name', 'entry ' || n, 'role', 'agent', 'number', n),
        jsonb_build_object('state', 'changed'), '', 'standard', md5(n::text)
    FROM generate_series(1, %(count)s) n
"""


def fill(stack: Stack, organisation_id: uuid.UUID, count: int) -> None:
    """Entries as the product writes them, the personal part under a key included, and their seals."""
    with tenancy.scope(organisation_id):
        key = persons.key_of("user:bench")
        origin = persons.seal_for(
            "user:bench", '{"name":"Somebody","address":"203.0.113.9"}', context="bench"
        )
    with psycopg.connect(stack.conninfo()) as connection:
        connection.execute("SELECT set_config('app.organisation_id', %s, true)", [str(organisation_id)])
        given = {"organisation": organisation_id, "key": key, "origin": origin, "count": count}
        connection.execute(_FILL.encode(), given)
    seal(organisation_id)


def verification(stack: Stack, people: People, options: Options, report: Report) -> None:
    organisation_id = create_organisation(slug="bench-verify", name="verify", enabled_verticals=[]).pk
    fill(stack, organisation_id, options.rows)
    with psycopg.connect(stack.conninfo(superuser=True), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE audit_entry, audit_seal")
    outcomes = [verify(organisation_id) for _ in range(options.rounds + 1)][1:]
    rates = [outcome.entries / outcome.seconds for outcome in outcomes]
    whole = all(outcome.is_sound and outcome.entries == options.rows + 1 for outcome in outcomes)
    milliseconds = sorted(1e3 / rate for rate in rates)
    report.add(
        cases=[
            Case(
                id="audit.verify",
                params={"entries": options.rows},
                n=len(rates),
                recall=float(whole),
                nret=options.rows + 1,
                p50=round(statistics.median(milliseconds), 6),
                p95=round(milliseconds[-1], 6),
                p99=round(milliseconds[-1], 6),
                qps=round(statistics.median(rates), 1),
                cpu_us=0,
            )
        ],
        ratios=[
            judge(
                "audit.verify",
                num="entries a second",
                den=f"{ROWS_PER_SECOND}",
                values=[rate / ROWS_PER_SECOND for rate in rates],
                goal=at_least(1.0),
            )
        ],
    )


def tampering(stack: Stack, report: Report) -> None:
    """What a superuser may do to a small chain, one kind after another, each on a fresh one."""
    found = [_is_found(stack, kind) for kind in KINDS]
    share = sum(found) / len(found)
    report.add(
        ratios=[
            judge(
                "audit.tampering",
                num=f"{sum(found)} found",
                den=f"{len(found)} kinds",
                values=[share] * 3,
                goal=at_least(1.0),
            )
        ]
    )


def _is_found(stack: Stack, kind: str) -> bool:
    organisation_id = create_organisation(slug=f"bench-{kind}", name=kind, enabled_verticals=[]).pk
    for _ in range(4):
        fill(stack, organisation_id, 20)
    head, before = head_of(organisation_id), verify(organisation_id)
    with psycopg.connect(stack.conninfo(superuser=True), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        KINDS[kind](connection, organisation_id)
    return before.is_sound and _named(organisation_id, head)


def _named(organisation_id: uuid.UUID, head: Head | None) -> bool:
    return not verify(organisation_id, head=head).is_sound


def _run(statement: str) -> Callable[[psycopg.Connection[Any], uuid.UUID], None]:
    def tamper(connection: psycopg.Connection[Any], organisation_id: uuid.UUID) -> None:
        connection.execute(statement.encode(), {"o": organisation_id})

    return tamper


_ONE = "id = (SELECT entries[3] FROM audit_seal WHERE organisation_id = %(o)s AND number = 3)"
_REHASH: Sequence[str] = (
    f"UPDATE audit_entry SET detail = '{{}}' WHERE {_ONE}",  # noqa: S608  constants
    # The hash of the edited row goes where the old one was; later links are made to fit by `_rehash`.
    """UPDATE audit_seal s SET hashes = (
        SELECT string_agg(sha256(convert_to({content}, 'UTF8')), ''::bytea ORDER BY u.place)
        FROM unnest(s.entries) WITH ORDINALITY u (id, place) JOIN audit_entry e ON e.id = u.id)
       WHERE s.organisation_id = %(o)s AND s.number = 3""",
)


def _rehash(connection: psycopg.Connection[Any], organisation_id: uuid.UUID) -> None:
    from sunmao.audit.chain import hash_of, header_of
    from sunmao.audit.contents import CONTENT
    from sunmao.audit.models import Seal

    for statement in _REHASH:
        connection.execute(statement.replace("{content}", CONTENT).encode(), {"o": organisation_id})
    with tenancy.scope(organisation_id):
        seals = list(Seal.objects.filter(number__gte=3).order_by("number"))
    previous = bytes(seals[0].previous)
    for one in seals:
        one.previous = previous
        one.hash = previous = hash_of(header_of(one))
        connection.execute(
            b"UPDATE audit_seal SET previous = %s, hash = %s WHERE id = %s", [one.previous, one.hash, one.pk]
        )


def _truncate(connection: psycopg.Connection[Any], organisation_id: uuid.UUID) -> None:
    for statement in (
        "DELETE FROM audit_entry WHERE id IN (SELECT unnest(entries) FROM audit_seal"
        " WHERE organisation_id = %(o)s AND number >= 4)",
        "DELETE FROM audit_seal WHERE organisation_id = %(o)s AND number >= 4",
    ):
        connection.execute(statement.encode(), {"o": organisation_id})


KINDS: dict[str, Callable[[psycopg.Connection[Any], uuid.UUID], None]] = {
    "edit": _run(f"UPDATE audit_entry SET detail = '{{}}' WHERE {_ONE}"),  # noqa: S608  constants
    "delete": _run(f"DELETE FROM audit_entry WHERE {_ONE}"),  # noqa: S608
    "reorder": _run(
        "UPDATE audit_seal SET entries = entries[2:2] || entries[1:1] || entries[3:],"
        " hashes = substr(hashes, 33, 32) || substr(hashes, 1, 32) || substr(hashes, 65)"
        " WHERE organisation_id = %(o)s AND number = 3"
    ),
    "truncate": _truncate,
    "rehash": _rehash,
}
