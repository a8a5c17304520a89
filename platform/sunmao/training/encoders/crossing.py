"""Tuning a cross-encoder for the questions of a base: read together with a question, a passage that answers
it shall score higher than its hard negatives (a softmax over each group; Gao et al. 2021).

Workers only: torch. It begins with the layers of an encoder and a head of its own, and is kept as a whole,
as the folder that the setting `SUNMAO_RERANKER` names.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sunmao.training.encoders.negatives import Pair
from sunmao.training.encoders.tuning import quick, warmth
from sunmao.training.heads.lora import step


@dataclass(frozen=True, kw_only=True)
class Settings:
    epochs: int = 2
    batch: int = 8
    """Questions; each brings its passage and its negatives."""
    rate: float = 5e-5
    longest: int = 128
    warm: float = 0.1


def begun(encoder: Any, *, longest: int, seed: int) -> Any:
    """A cross-encoder with the layers of `encoder`, one of sentence-transformers, which stays as it is."""
    import torch
    from sentence_transformers import CrossEncoder

    torch.manual_seed(seed)
    with tempfile.TemporaryDirectory() as folder:
        encoder[0].auto_model.save_pretrained(folder, safe_serialization=True)
        encoder.tokenizer.save_pretrained(folder)
        return CrossEncoder(folder, num_labels=1, max_length=longest, device="cpu", local_files_only=True)


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
    """`model`, tuned. `tell` hears of each step and its loss. Raises when the loss is no number any more."""
    import torch

    how = settings or Settings()
    torch.manual_seed(seed)
    batches = list(_batches(pairs, how, np.random.default_rng(seed)))
    optimiser = torch.optim.AdamW(model.parameters(), lr=how.rate, weight_decay=0.01)
    model.train()
    try:
        for number, batch in enumerate(batches, 1):
            for group in optimiser.param_groups:
                group["lr"] = how.rate * warmth(number / len(batches), how.warm)
            with quick():
                loss = _loss(model, questions, passages, batch, how.longest)
            step(loss, optimiser)
            if tell:
                tell(number, len(batches), float(loss.detach()))
    finally:
        model.eval()
    return model


def _batches(pairs: Sequence[Pair], how: Settings, draw: np.random.Generator) -> Iterator[list[Pair]]:
    """Of pairs with as many negatives, so that a batch is a table; one without any teaches nothing."""
    for _epoch in range(how.epochs):
        drawn = [pairs[place] for place in draw.permutation(len(pairs)) if pairs[place].negatives]
        for width in sorted({len(one.negatives) for one in drawn}, reverse=True):
            alike = [one for one in drawn if len(one.negatives) == width]
            yield from (alike[at : at + how.batch] for at in range(0, len(alike), how.batch))


def _loss(
    model: Any, questions: Sequence[str], passages: Sequence[str], batch: Sequence[Pair], longest: int
) -> Any:
    import torch

    groups = [(pair.question, (pair.positive, *pair.negatives)) for pair in batch]
    asked = [questions[question] for question, places in groups for _one in places]
    read = [passages[place] for _question, places in groups for place in places]
    tokens = model.tokenizer(
        asked, read, padding=True, truncation="longest_first", max_length=longest, return_tensors="pt"
    )
    scores = model.model(**tokens).logits.float().reshape(len(groups), -1)
    return torch.nn.functional.cross_entropy(scores, torch.zeros(len(groups), dtype=torch.long))


def scores(model: Any, question: str, texts: Sequence[str]) -> list[float]:
    with quick():
        found = model.predict([(question, text) for text in texts], show_progress_bar=False)
    return [float(one) for one in found]


def save(model: Any, folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(str(folder), safe_serialization=True, create_model_card=False)
    return str(folder)


__all__ = ["Settings", "begun", "save", "scores", "tune"]
