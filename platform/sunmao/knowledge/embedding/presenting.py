"""A space as commands and the API show it."""

from __future__ import annotations

from typing import Any

from sunmao.knowledge.embedding.models import Space


def space_shape(space: Space) -> dict[str, Any]:
    return {
        "id": str(space.pk),
        "state": space.state,
        "medium": space.medium,
        "language": space.language,
        "encoder": space.encoder,
        "name": space.name,
        "revision": space.revision,
        "dimensions": space.dimensions,
        "normalisation": space.normalisation,
        "vectors": space.vectors,
        "indexed": space.indexed,
        "created_at": space.created_at.isoformat(),
        "served_at": space.served_at.isoformat() if space.served_at else None,
    }
