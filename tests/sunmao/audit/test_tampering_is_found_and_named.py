"""Whoever runs the database can switch every trigger off. Verification says what was done, and where."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from django.conf import settings
from django.test.utils import override_settings

from sunmao.audit.chain import header_of
from sunmao.audit.heads import Head, head_of
from sunmao.audit.models import Seal
from sunmao.audit.sealing import seal
from sunmao.audit.signing import public_keys
from sunmao.audit.verifying import Outcome, verify
from sunmao.core import tenancy
from tests.fixtures import Standing
from tests.sunmao.audit.chains import NAMES, note, operator, sealed


def _found(standing: Standing, head: Head | None = None) -> list[tuple[str, int | None, int | None]]:
    outcome = verify(standing.organisation.pk, head=head)
    return [(problem.kind, problem.seal, problem.entry) for problem in outcome.problems]


def test_an_untouched_chain_is_sound(standing: Standing) -> None:
    sealed(standing, *NAMES)
    note(standing, "late")
    outcome = verify(standing.organisation.pk)
    assert (outcome.problems, outcome.seals, outcome.entries, outcome.waiting) == ([], 4, 7, 1)
    assert outcome.head == head_of(standing.organisation.pk)
    assert (outcome.head.number, outcome.head.last) == (4, 7) if outcome.head else pytest.fail("no head")


def test_an_edited_entry_is_named(standing: Standing) -> None:
    ids = sealed(standing, *NAMES)
    with operator() as connection:
        connection.execute('UPDATE audit_entry SET detail = \'{"name": "nothing"}\' WHERE id = %s', [ids[2]])
    assert _found(standing) == [("entry_changed", 3, 4)]
    assert verify(standing.organisation.pk).problems[0].id == str(ids[2])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "at + interval '1 microsecond'"),
        ("actor_kind", "'user'"),
        ("actor_id", "gen_random_uuid()"),
        ("actor_name", "'nobody'"),
        ("actor_key", "gen_random_uuid()"),
        ("origin", "'x'"),
        ("verb", "'thing.forgotten'"),
        ("subject_kind", "'other'"),
        ("subject_id", "'other'"),
        ("before", "'{}'"),
        ("after", "'{}'"),
        ("person_key", "gen_random_uuid()"),
        ("personal", "'x'"),
        ("retention", "'medical'"),
        ("request_id", "'other'"),
    ],
)
def test_no_column_can_be_edited_unseen(standing: Standing, column: str, value: str) -> None:
    ids = sealed(standing, "one")
    with operator() as connection:
        connection.execute(f"UPDATE audit_entry SET {column} = {value} WHERE id = %s", [ids[0]])
    assert _found(standing) == [("entry_changed", 2, 2)]


def test_a_deleted_entry_is_named(standing: Standing) -> None:
    ids = sealed(standing, *NAMES)
    with operator() as connection:
        connection.execute("DELETE FROM audit_entry WHERE id = %s", [ids[3]])
    assert _found(standing) == [("entry_deleted", 3, 5)]


def test_a_deletion_before_the_seal_is_named(standing: Standing) -> None:
    sealed(standing, "one")
    (unsealed,) = note(standing, "two")
    with operator() as connection:
        connection.execute("DELETE FROM audit_entry WHERE id = %s", [unsealed])
    outcome = verify(standing.organisation.pk)
    assert [(problem.kind, problem.id) for problem in outcome.problems] == [("entry_deleted", str(unsealed))]


def test_an_entry_kept_from_its_seal_is_named(standing: Standing) -> None:
    sealed(standing, "one")
    (unsealed,) = note(standing, "two")
    with operator() as connection:
        connection.execute("DELETE FROM audit_waiting WHERE entry_id = %s", [unsealed])
    outcome = verify(standing.organisation.pk)
    assert [(problem.kind, problem.id) for problem in outcome.problems] == [
        ("entry_unaccounted", str(unsealed))
    ]


def test_reordering_in_a_seal_is_named(standing: Standing) -> None:
    sealed(standing, *NAMES)
    with operator() as connection:
        connection.execute(
            "UPDATE audit_seal SET entries = ARRAY[entries[2], entries[1]],"
            " hashes = substr(hashes, 33, 32) || substr(hashes, 1, 32)"
            " WHERE organisation_id = %s AND number = 2",
            [standing.organisation.pk],
        )
    assert _found(standing) == [("seal_changed", 2, None)]


def test_reordered_seals_are_named(standing: Standing) -> None:
    sealed(standing, *NAMES)
    with operator() as connection:
        for old, new in ((2, 1002), (3, 2), (1002, 3)):
            connection.execute(
                "UPDATE audit_seal SET number = %s WHERE organisation_id = %s AND number = %s",
                [new, standing.organisation.pk, old],
            )
    assert {kind for kind, _seal, _entry in _found(standing)} == {"seal_changed"}
    assert {number for _kind, number, _entry in _found(standing)} >= {2, 3}


def test_a_seal_cut_out_of_the_middle_is_named(standing: Standing) -> None:
    ids = sealed(standing, *NAMES)
    with operator() as connection:
        connection.execute(
            "DELETE FROM audit_seal WHERE organisation_id = %s AND number = 3", [standing.organisation.pk]
        )
        connection.execute("DELETE FROM audit_entry WHERE id = ANY(%s)", [ids[2:4]])
    found = verify(standing.organisation.pk).problems
    assert [(problem.kind, problem.seal, problem.note) for problem in found] == [("seal_missing", 4, "3…3")]


def test_a_cut_tail_is_found_with_a_head_from_elsewhere(standing: Standing) -> None:
    ids = sealed(standing, *NAMES)
    head = head_of(standing.organisation.pk)
    with operator() as connection:
        connection.execute(
            "DELETE FROM audit_seal WHERE organisation_id = %s AND number >= 3", [standing.organisation.pk]
        )
        connection.execute("DELETE FROM audit_entry WHERE id = ANY(%s)", [ids[2:]])
    assert _found(standing) == []  # what a chain alone cannot tell
    assert _found(standing, head) == [("tail_missing", 4, 7)]


def test_hashing_everything_anew_needs_the_key(standing: Standing) -> None:
    """An edit with all hashes after it made to fit: only the signatures do not."""
    ids = sealed(standing, *NAMES)
    _rewrite(standing, ids[0])
    assert _found(standing) == [("seal_forged", 2, None), ("seal_forged", 3, None), ("seal_forged", 4, None)]


def test_signing_anew_with_another_key_is_found(standing: Standing) -> None:
    ids = sealed(standing, *NAMES)
    head = head_of(standing.organisation.pk)
    with _other_key():
        _rewrite(standing, ids[0], sign=True)
        assert _found(standing)[0] == ("key_unknown", 1, None)
    assert [kind for kind, _seal, _entry in _found(standing)] == ["key_unknown"] * 3
    # Even with the stolen key the head that was kept elsewhere differs.
    with _other_key(both=True):
        assert _found(standing, head) == [("head_differs", 4, None)]


def _other_key(*, both: bool = False) -> override_settings:
    keys = ("another key, stolen or made by the operator", *(settings.SUNMAO_AUDIT.keys if both else ()))
    return override_settings(SUNMAO_AUDIT=replace(settings.SUNMAO_AUDIT, keys=keys))


def _rewrite(standing: Standing, entry: object, *, sign: bool = False) -> None:
    """What a careful operator does: change an entry, then make every hash fit."""
    from sunmao.audit.contents import CONTENT
    from sunmao.audit.signing import signer

    with operator() as connection:
        connection.execute("UPDATE audit_entry SET verb = 'thing.forgotten' WHERE id = %s", [entry])
        with tenancy.scope(standing.organisation.pk):
            seals = list(Seal.objects.order_by("number"))
        previous = bytes(seals[0].hash)
        for one in seals[1:]:
            rows = connection.execute(
                f"SELECT {CONTENT} FROM unnest(%s::uuid[]) WITH ORDINALITY u (id, n)"
                " JOIN audit_entry e ON e.id = u.id ORDER BY n",
                [one.entries],
            ).fetchall()
            one.hashes = b"".join(hashlib.sha256(row[0].encode()).digest() for row in rows)
            one.previous = previous
            one.key_id = signer().public.id if sign else one.key_id
            header = header_of(one).encode()
            one.hash = previous = hashlib.sha256(header).digest()
            one.signature = signer().sign(header) if sign else bytes(one.signature)
            connection.execute(
                "UPDATE audit_seal SET hashes = %s, previous = %s, hash = %s, key_id = %s, signature = %s"
                " WHERE id = %s",
                [one.hashes, one.previous, one.hash, one.key_id, one.signature, one.pk],
            )


def test_a_rotated_key_still_verifies(standing: Standing) -> None:
    sealed(standing, "one", "two")
    before = {key.raw.hex() for key in public_keys().values()}
    public = tuple(f"public:{raw}" for raw in before)
    keys = ("the next key of this installation, also long", *public)
    with override_settings(SUNMAO_AUDIT=replace(settings.SUNMAO_AUDIT, keys=keys)):
        note(standing, "three")
        seal(standing.organisation.pk)
        outcome: Outcome = verify(standing.organisation.pk)
    assert (outcome.problems, outcome.seals) == ([], 3)


def test_one_organisation_knows_nothing_of_anothers_chain(standing: Standing) -> None:
    sealed(standing, "one")
    with tenancy.scope(standing.organisation.pk):
        assert {one.organisation_id for one in Seal.objects.all()} == {standing.organisation.pk}
    assert verify(standing.organisation.pk).entries == 2
