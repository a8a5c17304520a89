"""Tuning an encoder for the questions of a base: a question shall lie nearer to its passage than to the other
passages of its batch and to its hard negatives (multiple negatives ranking; Henderson et al. 2017).

Workers only: torch. What is learnt is a low-rank change, or all weights; what is kept is a whole encoder.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sunmao.inference.heads.low_rank import added, arrays_of, trainable
from sunmao.modelhub.heads.ngrams import Floats
from sunmao.training.encoders.negatives import Pair
from sunmao.training.heads.lora import step, vectors_of

SHARPNESS = 20.0


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`rank` 0 learns all weights."""

    rank: int = 16
    epochs: int = 2
    batch: int = 24
    rate: float = 5e-4
    longest: int = 128
    warm: float = 0.1


def tune(
    model: Any,
    questions: Sequence[str],
    passages: Sequence[str],
    pairs: Sequence[Pair],
    *,
    seed: int,
    settings: Settings | None = None,
    tell: Callable[[int, int, float], None] | None = None,
) -> Any:
    """A tuned copy; `model` stays as it is. `tell` hears of each step and its loss."""
    import torch

    how = settings or Settings()
    torch.manual_seed(seed)
    subject = model if how.rank else copy.deepcopy(model)
    batches = list(_batches(pairs, how, np.random.default_rng(seed)))

    def run(parameters: Sequence[Any]) -> None:
        optimiser = torch.optim.AdamW(parameters, lr=how.rate, weight_decay=0.01)
        for number, batch in enumerate(batches, 1):
            for group in optimiser.param_groups:
                group["lr"] = how.rate * warmth(number / len(batches), how.warm)
            with quick():
                loss = _loss(subject, questions, passages, batch, how.longest)
            step(loss, optimiser)
            if tell:
                tell(number, len(batches), float(loss.detach()))

    subject.train()
    try:
        if not how.rank:
            run(list(subject.parameters()))
            return subject.eval()
        alpha = 2.0 * how.rank
        with trainable(subject, rank=how.rank, alpha=alpha, seed=seed) as parameters:
            run(list(parameters.values()))
            change = arrays_of(parameters, rank=how.rank, alpha=alpha)
    finally:
        subject.eval()
    return added(subject, change)


@contextmanager
def quick() -> Iterator[None]:
    """Sixteen-bit arithmetic where the processor has it: twice as fast, and cosines differ by 1e-5."""
    import torch

    there = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=there):
        yield


def encoded(model: Any, texts: Sequence[str], *, longest: int) -> Floats:
    """Unit vectors of texts that are read up to `longest` tokens."""
    before, model.max_seq_length = model.max_seq_length, longest
    try:
        with quick():
            found = model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
    finally:
        model.max_seq_length = before
    return np.asarray(found, dtype=np.float32)


def warmth(done: float, warm: float) -> float:
    """Up in a line, then down in a line."""
    return done / warm if done < warm else (1.0 - done) / (1.0 - warm)


def _batches(pairs: Sequence[Pair], how: Settings, draw: np.random.Generator) -> Iterator[list[Pair]]:
    """No two pairs of a batch answer by the same passage: one would be the other's negative."""
    for _epoch in range(how.epochs):
        waiting = [pairs[place] for place in draw.permutation(len(pairs))]
        while waiting:
            batch: dict[int, Pair] = {}
            rest: list[Pair] = []
            for pair in waiting:
                if len(batch) < how.batch and pair.positive not in batch:
                    batch[pair.positive] = pair
                else:
                    rest.append(pair)
            yield list(batch.values())
            waiting = rest


def _loss(
    model: Any, questions: Sequence[str], passages: Sequence[str], batch: Sequence[Pair], longest: int
) -> Any:
    import torch

    places = [pair.positive for pair in batch] + [one for pair in batch for one in pair.negatives]
    asked = vectors_of(model, [questions[pair.question] for pair in batch], longest=longest)
    given = vectors_of(model, [passages[place] for place in places], longest=longest)
    likeness = SHARPNESS * asked @ given.T
    right = {pair.question: pair.positive for pair in batch}
    for row, pair in enumerate(batch):
        for column, place in enumerate(places):
            if column != row and place == right[pair.question]:
                likeness[row, column] = float("-inf")
    return torch.nn.functional.cross_entropy(likeness, torch.arange(len(batch)))


def save(model: Any, folder: Path) -> str:
    """As a folder that an embedding space names: `st:FOLDER`."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save(str(folder), safe_serialization=True, create_model_card=False)
    return f"st:{folder}"


__all__ = ["Settings", "encoded", "quick", "save", "tune", "warmth"]
