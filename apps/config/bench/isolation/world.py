"""Organisations that look alike: the same words everywhere, so that a leak would be the best match.

Each has a base for everybody, one that a key is narrowed to, and one for staff only. Whose a passage is
stands in `owner`, so that every row that comes back can be judged.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from apps.config.bench.people import people
from sunmao.accounts import services as accounts
from sunmao.accounts.selectors import actor_of_key
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.models import Audience, Passage

WORDS, WORDS_IN_A_PASSAGE, PASSAGES = 240, 24, 16
BASES = (("open", Audience.EVERYONE), ("narrow", Audience.EVERYONE), ("staff", Audience.STAFF))
_CONSONANTS, _VOWELS = "bcdfghklmnprstvz", "aeiou"


@dataclass(frozen=True)
class Asker:
    """Somebody, and the bases that they may read: written down here, not asked of the code under test."""

    actor: Actor
    may_read: frozenset[uuid.UUID]


@dataclass
class World:
    """`owner` tells of every passage which base holds it; `bases` whose organisation each base is."""

    askers: list[Asker] = field(default_factory=list)
    bases: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    owner: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)


def world(*, organisations: int, seed: int, say: Callable[[str], None]) -> World:
    chance, made = random.Random(seed), World()  # noqa: S311  reproducible, not secret
    words = list(_words(chance))
    for number in range(organisations):
        _add_organisation(made, f"isolation-{number}", chance, words)
        if number % 10 == 9:
            say(f"{number + 1} organisations, {len(made.owner):,} passages")
    return made


def _words(chance: random.Random) -> Iterator[str]:
    for _ in range(WORDS):
        yield "".join(chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(4))


def _add_organisation(made: World, slug: str, chance: random.Random, words: list[str]) -> None:
    there = people(slug)
    bases = {}
    for name, audience in BASES:
        base = knowledge.create_base(actor=there.system, slug=name, audience=audience)
        bases[name] = base.pk
        made.bases[base.pk] = there.system.organisation_id
        document = _document(chance, words)
        knowledge.receive(actor=there.system, base=base, name=f"{slug}-{name}.md", chunks=[document.encode()])
        made.texts += document.split("\n\n")[1::2]
    narrowed = accounts.create_api_key(actor=there.system, name=f"{slug}-narrow", bases=["narrow"]).secret
    public = frozenset({bases["open"], bases["narrow"]})
    made.askers += [
        Asker(there.end_user, public),
        Asker(actor_of_key(there.key, language="en"), public),
        Asker(actor_of_key(narrowed, language="en"), frozenset({bases["narrow"]})),
        Asker(there.staff, frozenset(bases.values())),
    ]
    with tenancy.scope(there.system.organisation_id):
        made.owner |= dict(Passage.objects.values_list("pk", "base_id"))


def _document(chance: random.Random, words: list[str]) -> str:
    blocks = []
    for number in range(PASSAGES):
        said = " ".join(chance.choices(words, k=WORDS_IN_A_PASSAGE))
        blocks += [f"## Part {number}", said[0].upper() + said[1:] + "."]
    return "\n\n".join(blocks)
