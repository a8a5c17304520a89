"""Pictures that are near to a question, and which of them stand out.

Every question is nearer to some picture than to the others, so a cosine says nothing by itself. A picture
stands out when it is nearer to the question than to words that fit every picture.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sunmao.knowledge.embedding import by_vector
from sunmao.knowledge.embedding.questions import Near
from sunmao.knowledge.statements import DENSE, NAMED, scored

NEAREST = 20
SHOWN = 2
"""Places among the hits of a question in words."""


@dataclass(frozen=True)
class Sight:
    """Of one base: the cosines of the nearest pictures, and by how much some of them stand out."""

    near: Mapping[uuid.UUID, float] = field(default_factory=dict)
    margins: Mapping[uuid.UUID, float] = field(default_factory=dict)
    encoder: str = ""


NOTHING = Sight()


def near(asked: Near | None, parameters: Mapping[str, Any]) -> Sight:
    """`parameters` are those of the search of the base: the same access, version and day."""
    if asked is None:
        return NOTHING
    found = cosines(asked, parameters)
    plain = {**parameters, "space": asked.space, "dense": asked.plain, "named": list(found)}
    usual = {key: value for key, (_, value) in scored(NAMED, plain).items()} if found else {}
    over = {key: cosine - (usual.get(key) or 0.0) for key, cosine in found.items()}
    margins = {key: margin for key, margin in over.items() if margin > 0}
    return Sight(near=found, margins=margins, encoder=asked.encoder)


def cosines(asked: Near, parameters: Mapping[str, Any]) -> dict[uuid.UUID, float]:
    wanted = {**parameters, **by_vector.parameters(asked), "limit": NEAREST}
    found = by_vector.nearest(asked, DENSE, wanted, scored)
    return {key: cosine for key, (_, cosine) in found.items() if cosine is not None}


def standing_out(found: Sequence[Sight]) -> list[uuid.UUID]:
    """The best of all bases."""
    margins = {key: margin for sight in found for key, margin in sight.margins.items()}
    return sorted(margins, key=margins.__getitem__, reverse=True)[:SHOWN]


__all__ = ["NEAREST", "NOTHING", "SHOWN", "Sight", "cosines", "near", "standing_out"]
