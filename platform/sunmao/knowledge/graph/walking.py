"""Following references from the passages that a question found, a few steps and a few passages wide."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from sunmao.core.actor import Actor
from sunmao.knowledge.graph.models import LinkedBase, Relation
from sunmao.knowledge.models import Audience, Passage
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.policies import sees_internal

DEPTH, WIDTH, SEEDS, MOST = 3, 6, 5, 24
DECAY = 0.6
"""What a step costs: a passage that is referred to counts as this part of the one that refers to it."""

# A passage that a question of this version may read. Retrieval asks the same of every row once more.
_ALIVE = """
    {p}.born <= %(version)s AND ({p}.died IS NULL OR {p}.died > %(version)s)
    AND ({p}.applies_from IS NULL OR {p}.applies_from <= %(on)s)
    AND ({p}.applies_until IS NULL OR {p}.applies_until > %(on)s)
    AND {p}.quarantine NOT IN ('held', 'removed')
"""
# The targets of one passage: places that it names, then the passages that define its terms.
_NEXT = f"""
    SELECT target.id AS passage_id, 0 AS rank, link.start AS place, 'refers_to' AS relation
    FROM graph_link link
    JOIN graph_place spot ON spot.key = link.key AND spot.base_id = %(base)s
    JOIN knowledge_passage target ON target.id = spot.passage_id AND {_ALIVE.format(p="target")}
    WHERE link.passage_id = {{here}} AND spot.document_id IN (
        SELECT link.document_id WHERE link.work = ''
        UNION ALL
        SELECT name.document_id FROM graph_name name
        WHERE link.work <> '' AND name.base_id = %(base)s AND name.key = link.work)
    UNION ALL
    SELECT target.id, 1, 0, 'defined_in'
    FROM graph_mention said
    JOIN graph_mention meant ON meant.base_id = said.base_id AND meant.kind = said.kind
        AND meant.key = said.key AND meant.relation = 'defines' AND meant.passage_id <> said.passage_id
    JOIN knowledge_passage target ON target.id = meant.passage_id AND {_ALIVE.format(p="target")}
    WHERE said.passage_id = {{here}} AND said.relation = 'speaks_of'
"""  # noqa: S608  constants only
_WALK = f"""
    WITH RECURSIVE walk (passage_id, origin, depth, path) AS (
        SELECT seed, seed, 0, ARRAY[seed] FROM unnest(%(seeds)s::uuid[]) AS seed
        UNION ALL
        SELECT step.passage_id, walk.origin, walk.depth + 1, walk.path || step.passage_id
        FROM walk CROSS JOIN LATERAL (
            SELECT found.passage_id, min(found.rank) AS rank, min(found.place) AS place
            FROM ({_NEXT.format(here="walk.passage_id")}) found
            WHERE found.passage_id <> ALL(walk.path)
            GROUP BY found.passage_id ORDER BY rank, place LIMIT %(width)s) step
        WHERE walk.depth < %(depth)s
    )
    SELECT DISTINCT ON (passage_id) passage_id, origin, depth, path FROM walk
    WHERE depth > 0 AND passage_id <> ALL(%(seeds)s::uuid[])
    AND EXISTS (SELECT 1 FROM knowledge_knowledgebase b
                WHERE b.id = %(base)s AND (%(internal)s OR b.audience = '{Audience.EVERYONE}'))
    ORDER BY passage_id, depth
"""  # noqa: S608  constants only
_OUTGOING = f"""
    SELECT passage_id, min(relation), min(rank), min(place) FROM ({_NEXT.format(here="%(passage)s")}) found
    GROUP BY passage_id ORDER BY 3, 4 LIMIT %(width)s
"""  # noqa: S608  constants only
_INCOMING = f"""
    SELECT source.id FROM graph_link link
    JOIN knowledge_passage source ON source.id = link.passage_id AND {_ALIVE.format(p="source")}
    JOIN graph_place spot ON spot.passage_id = %(passage)s AND spot.key = link.key
    WHERE link.base_id = %(base)s AND (
        (link.work = '' AND link.document_id = spot.document_id)
        OR (link.work <> '' AND EXISTS (
            SELECT 1 FROM graph_name name
            WHERE name.document_id = spot.document_id AND name.key = link.work)))
    ORDER BY source.document_id, source.ordinal LIMIT %(width)s
"""  # noqa: S608  constants only


@dataclass(frozen=True)
class Reached:
    """A passage that the found ones lead to: from `origin`, over `path`, in `depth` steps."""

    passage: uuid.UUID
    origin: uuid.UUID
    depth: int
    path: tuple[uuid.UUID, ...]

    @property
    def share(self) -> float:
        """What part of its origin's strength it has."""
        return float(DECAY**self.depth)


def expand(
    *, actor: Actor, pin: BaseVersion, seeds: Sequence[uuid.UUID], depth: int = DEPTH, width: int = WIDTH
) -> list[Reached]:
    """What the best passages refer to, nearest first; nothing for a base that has it turned off."""
    if not seeds or not LinkedBase.objects.filter(base=pin.base).exists():
        return []
    values = {
        **_values(actor, pin),
        "seeds": list(seeds[:SEEDS]),
        "depth": min(depth, DEPTH),
        "width": min(width, WIDTH),
    }
    with connection.cursor() as cursor:
        cursor.execute(_WALK, values)
        reached = [Reached(row[0], row[1], row[2], tuple(row[3])) for row in cursor.fetchall()]
    order = {seed: place for place, seed in enumerate(seeds)}
    return sorted(reached, key=lambda one: (one.depth, order[one.origin]))[:MOST]


def inherited(reached: Sequence[Reached], strengths: Mapping[uuid.UUID, float]) -> dict[uuid.UUID, float]:
    """What each reached passage adds to its own words: a part of what led to it."""
    return {one.passage: one.share * strengths.get(one.origin, 0.0) for one in reached}


@dataclass(frozen=True)
class Neighbour:
    passage: Passage
    relation: str
    outgoing: bool


def neighbours(*, actor: Actor, pin: BaseVersion, passage: Passage, width: int = 30) -> list[Neighbour]:
    """What a passage refers to and what refers to it, in the pinned version."""
    actor.require("knowledge.passage.read", base=pin.base.slug)
    values = {**_values(actor, pin), "passage": passage.pk, "width": width}
    with connection.cursor() as cursor:
        cursor.execute(_OUTGOING, values)
        outgoing = {row[0]: row[1] for row in cursor.fetchall() if row[0] != passage.pk}
        cursor.execute(_INCOMING, values)
        incoming = [row[0] for row in cursor.fetchall() if row[0] != passage.pk]
    found = (
        Passage.objects.filter(pk__in=[*outgoing, *incoming], document__deleted_at=None)
        .select_related("document__base", "revision")
        .defer("revision__text")
        .in_bulk()
    )
    return [
        *(Neighbour(found[one], relation, True) for one, relation in outgoing.items() if one in found),
        *(Neighbour(found[one], "referred_to_by", False) for one in dict.fromkeys(incoming) if one in found),
    ]


def _values(actor: Actor, pin: BaseVersion) -> dict[str, Any]:
    return {
        "base": pin.base.pk,
        "version": pin.version,
        "on": pin.on,
        "internal": sees_internal(actor, base=pin.base.slug),
    }


__all__ = ["Neighbour", "Reached", "Relation", "expand", "inherited", "neighbours"]
