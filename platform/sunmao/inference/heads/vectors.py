"""Texts as unit vectors of an encoder, with a low-rank change or without. Workers only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sunmao.inference.heads.low_rank import added
from sunmao.knowledge import encoders
from sunmao.modelhub.heads.errors import HeadFailure
from sunmao.modelhub.heads.ngrams import Floats


def vectors_by(spec: str, texts: Sequence[str], change: Mapping[str, Floats] | None = None) -> Floats:
    """Raises `HeadFailure` when the encoder cannot be loaded, or does not fit the change."""
    encoder = encoders.encoder(spec)
    if not texts:
        return np.zeros((0, encoder.identity.dimensions), dtype=np.float32)
    if not change:
        return np.array(encoder.encode(texts), dtype=np.float32)
    model = getattr(encoder, "model", None)
    if model is None:
        raise HeadFailure(code="head_wrong_encoder")
    changed = added(model, change)
    return np.asarray(
        changed.encode(list(texts), normalize_embeddings=True, show_progress_bar=False), dtype=np.float32
    )


__all__ = ["vectors_by"]
