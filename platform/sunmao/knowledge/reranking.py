"""A cross-encoder reads the question and each of the best passages together, where one is configured.

Worker processes only: loading it imports torch. It orders the best twenty and nothing else; its scores are
added to those that brought them up. A question waits neither for a model that is still loading nor longer
than `SUNMAO_RERANK_MILLISECONDS`: the order before stands then, and the trace and the answer's record say so.
"""

from __future__ import annotations

import statistics
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from typing import Literal, Protocol

from django.conf import settings

TOP = 20
WEIGHT = 1.0
"""Of its z-scores beside those of the order before."""
Note = Literal["", "loading", "busy", "timeout"]


class Reranker(Protocol):
    name: str

    def scores(self, question: str, texts: Sequence[str]) -> list[float]: ...


class CrossEncoder:
    """Any sequence-pair classifier with one score that sentence-transformers loads."""

    def __init__(self, name: str) -> None:
        from sentence_transformers import CrossEncoder as Model

        self.name = name
        self._model = Model(name, device="cpu", max_length=512)

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        pairs = [(question, text) for text in texts]
        return [float(score) for score in self._model.predict(pairs, show_progress_bar=False)]


@dataclass(frozen=True)
class Reranked:
    """A new score for each text, in their order; none, with a `note`, where the old order stands."""

    scores: tuple[float, ...] = ()
    model: str = ""
    note: Note = ""


_loaded: dict[str, Reranker] = {}
_loading = threading.Lock()
_one_at_a_time = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rerank")
_last: Future[list[float]] | None = None


def configured() -> str:
    name: str = settings.SUNMAO_RERANKER
    return name


def load() -> Reranker | None:
    """The configured model, loaded now if need be."""
    name = configured()
    if not name:
        return None
    with _loading:
        if name not in _loaded:
            _loaded[name] = CrossEncoder(name)
    return _loaded[name]


def rerank(question: str, texts: Sequence[str], before: Sequence[float]) -> Reranked:
    """New scores for at most `TOP` texts, which stand in their order so far with the scores `before`."""
    name = configured()
    if not name or len(texts) < 2:
        return Reranked()
    model = _loaded.get(name)
    if model is None:
        warm_up()
        return Reranked(model=name, note="loading")
    return _within_time(model, question, texts, before)


def _within_time(model: Reranker, question: str, texts: Sequence[str], before: Sequence[float]) -> Reranked:
    global _last  # noqa: PLW0603  one model, one call at a time in a process
    if _last is not None and not _last.done():
        return Reranked(model=model.name, note="busy")
    _last = _one_at_a_time.submit(model.scores, question, texts)
    try:
        judged = _last.result(timeout=settings.SUNMAO_RERANK_MILLISECONDS / 1000)
    except TooLate:
        return Reranked(model=model.name, note="timeout")
    return Reranked(tuple(together(before, judged)), model.name)


def together(before: Sequence[float], judged: Sequence[float]) -> list[float]:
    """What orders the best: the scores that brought them up and those of the model, each as z-scores."""
    pairs = zip(_standardised(before), _standardised(judged), strict=True)
    return [old + WEIGHT * new for old, new in pairs]


def dealt(scores: Sequence[float], before: Sequence[float]) -> list[float]:
    """The scores before, dealt out anew in the order of the new ones, so that others compare as they did."""
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    values = sorted(before, reverse=True)
    found = dict(zip(order, values, strict=True))
    return [found[place] for place in range(len(scores))]


def warm_up() -> None:
    """Begin to load in the background, where a model is configured and nobody has begun."""
    if configured() and not _loading.locked():
        threading.Thread(target=load, daemon=True).start()


def _standardised(values: Sequence[float]) -> list[float]:
    mean, deviation = statistics.fmean(values), statistics.pstdev(values)
    return [(value - mean) / deviation if deviation else 0.0 for value in values]


__all__ = [
    "TOP", "CrossEncoder", "Reranked", "Reranker", "configured", "dealt", "load", "rerank", "together",
    "warm_up",
]  # fmt: skip
