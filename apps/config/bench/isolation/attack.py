"""The three ways that a question is put, each through the product's own search under row-level security.

- `filtered`: the bases that the product hands to the asker, in its own lexical statement.
- `unfiltered`: any base of any organisation is named and its audience waived, so that row-level security is
  all that stands in between.
- `asked`: `knowledge.retrieval.retrieve` as the pipeline calls it.

The statement is `statements.LEXICAL` itself, put beside a thousand questions at once; the weights of the
question leave the rarity of words out, since that ranks and does not decide who may read.
"""

from __future__ import annotations

import random
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils.timezone import localdate

from apps.config.bench.isolation.world import Asker, World
from sunmao.core import tenancy
from sunmao.knowledge import retrieval, statements
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.policies import bases_visible_to, sees_internal
from sunmao.knowledge.text.lexical import query_dimensions
from sunmao.knowledge.vectors import sparse_literal

LIMIT = 5
NEWEST = 2**31 - 1
MANY = f"""
    SELECT found.passage_id, count(*)
    FROM unnest(%(questions)s::sparsevec[]) AS asked (lexical)
    CROSS JOIN LATERAL ({statements.LEXICAL.replace("%(lexical)s", "asked.lexical")}) AS found
    GROUP BY found.passage_id
"""  # noqa: S608  constants only


@dataclass
class Tally:
    """Pairs of asker and question, the rows that came back, and those that were not the asker's to read."""

    pairs: int = 0
    own: int = 0
    foreign: int = 0
    batches: list[float] = field(default_factory=list)

    def take(self, rows: Counter[uuid.UUID], asker: Asker, world: World) -> None:
        for passage, count in rows.items():
            if world.owner.get(passage) in asker.may_read:
                self.own += count
            else:
                self.foreign += count


@dataclass
class Attack:
    world: World
    chance: random.Random

    def filtered(self, *, pairs: int) -> Tally:
        tally, each = Tally(), self._each(pairs)
        for asker in self.world.askers:
            questions = self._questions(each)
            with tenancy.scope(asker.actor.organisation_id):
                named = [base.pk for base in bases_visible_to(asker.actor)]
                self._put(tally, asker, questions, named, internal=sees_internal(asker.actor))
        return tally

    def unfiltered(self, *, pairs: int, bases: int = 4) -> Tally:
        """Each asker names bases of others; what row-level security lets through would be told as foreign."""
        tally, each = Tally(), self._each(pairs)
        for asker in self.world.askers:
            own = asker.actor.organisation_id
            others = [base for base, whose in self.world.bases.items() if whose != own]
            named = self.chance.sample(others, bases)
            for base in named:
                with tenancy.scope(own):
                    self._put(tally, asker, self._questions(-(-each // bases)), [base], internal=True)
        return tally

    def asked(self, *, pairs: int) -> Tally:
        tally, each = Tally(), self._each(pairs)
        for asker in self.world.askers:
            with tenancy.scope(asker.actor.organisation_id):
                pins = [BaseVersion(base, base.version) for base in bases_visible_to(asker.actor)]
                for text in self.chance.choices(self.world.texts, k=each):
                    began = time.perf_counter()
                    found = retrieval.retrieve(actor=asker.actor, question=text, bases=pins, limit=LIMIT)
                    tally.batches.append(time.perf_counter() - began)
                    tally.take(Counter(hit.passage.pk for hit in found.hits), asker, self.world)
            tally.pairs += each
        return tally

    def _each(self, pairs: int) -> int:
        return -(-pairs // len(self.world.askers))

    def _questions(self, count: int) -> list[str]:
        """Passages of anybody, word for word: what is looked for is there, mostly with somebody else."""
        return [_vector(text) for text in self.chance.choices(self.world.texts, k=count)]

    def _put(
        self, tally: Tally, asker: Asker, questions: list[str], named: Sequence[uuid.UUID], *, internal: bool
    ) -> None:
        began = time.perf_counter()
        for base in named:
            asked: dict[str, Any] = {"questions": questions, "base": base, "version": NEWEST}
            given = {"on": localdate(), "internal": internal, "dense": None, "space": None, "limit": LIMIT}
            with connection.cursor() as cursor:
                cursor.execute(MANY, asked | given)
                tally.take(Counter(dict(cursor.fetchall())), asker, self.world)
        tally.pairs += len(questions)
        tally.batches.append((time.perf_counter() - began) / len(questions))


_vectors: dict[str, str] = {}


def _vector(text: str) -> str:
    if text not in _vectors:
        _vectors[text] = sparse_literal(
            {place: term.weight for place, term in query_dimensions(text).items()}
        )
    return _vectors[text]
