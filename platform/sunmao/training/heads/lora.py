"""Tuning an encoder for labels with a low-rank change, before the same head is fitted on its vectors.

The loss is that of a linear layer over the unit vectors, learnt with the change and then thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sunmao.inference.heads.low_rank import arrays_of, trainable
from sunmao.modelhub.heads.errors import HeadFailure

SHARPNESS = 20.0
"""Unit vectors give logits of at most one; they are raised so that a label can be told with certainty."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    rank: int = 16
    alpha: float = 32.0
    epochs: int = 2
    batch: int = 32
    rate: float = 1e-3
    longest: int = 64


def tune(
    model: Any,
    texts: Sequence[str],
    targets: NDArray[np.int64],
    *,
    width: int,
    seed: int,
    settings: Settings | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> dict[str, NDArray[np.float32]]:
    """The change of `model`, one of sentence-transformers. Raises when the loss is no number any more."""
    import torch

    how = settings or Settings()
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    with trainable(model, rank=how.rank, alpha=how.alpha, seed=seed) as parameters:
        top = torch.nn.Linear(model.get_embedding_dimension(), width)
        optimiser = torch.optim.AdamW([*parameters.values(), *top.parameters()], lr=how.rate)
        steps = how.epochs * -(-len(texts) // how.batch)
        done = 0
        model.train()
        for _epoch in range(how.epochs):
            for rows in np.array_split(draw.permutation(len(texts)), -(-len(texts) // how.batch)):
                vectors = vectors_of(model, [texts[row] for row in rows], longest=how.longest)
                logits = SHARPNESS * top(vectors)
                loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(targets[rows]))
                step(loss, optimiser)
                done += 1
                if tell:
                    tell(done, steps)
        model.eval()
        return arrays_of(parameters, rank=how.rank, alpha=how.alpha)


def vectors_of(model: Any, texts: Sequence[str], *, longest: int) -> Any:
    """Unit vectors, with their gradients."""
    import torch

    found = model.tokenizer(
        list(texts), padding=True, truncation=True, max_length=longest, return_tensors="pt"
    )
    return torch.nn.functional.normalize(model(dict(found))["sentence_embedding"], dim=1)


def step(loss: Any, optimiser: Any) -> None:
    import torch

    if not torch.isfinite(loss):
        raise HeadFailure(code="loss_not_finite")
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


__all__ = ["Settings", "step", "tune", "vectors_of"]
