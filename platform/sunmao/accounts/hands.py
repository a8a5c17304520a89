"""Who is one and the same where two people have to agree: a person, and the keys that they could act with."""

from __future__ import annotations

from uuid import UUID

from sunmao.accounts.models import ApiKey
from sunmao.audit.models import Entry
from sunmao.core.actor import Actor

_SHOWN = ("key.created", "key.rotated")
"""What shows a key's secret to whoever does it."""


def hands_of(actor: Actor) -> frozenset[UUID]:
    """A person with every key whose secret they were ever shown; a key with whoever was shown its secret, and
    with their other keys. In the actor's scope."""
    if actor.id is None:
        return frozenset()
    people = {actor.id} if actor.kind == "user" else _holders(actor.id)
    return frozenset((actor.id, *people)).union(*map(_keys, people))


def _holders(key: UUID) -> set[UUID]:
    made = ApiKey.objects.filter(pk=key, created_by__isnull=False).values_list("created_by", flat=True)
    shown = Entry.objects.filter(subject_id=str(key), verb__in=_SHOWN, actor_kind="user")
    return {one for one in (*made, *shown.values_list("actor_id", flat=True)) if one}


def _keys(person: UUID) -> set[UUID]:
    made = ApiKey.objects.filter(created_by=person).values_list("pk", flat=True)
    shown = Entry.objects.filter(actor_id=person, verb__in=_SHOWN).values_list("subject_id", flat=True)
    return {*made, *(UUID(one) for one in shown)}


__all__ = ["hands_of"]
