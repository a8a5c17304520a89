"""From examples to a head that was measured: the one function that command, console and API share."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput
from sunmao.inference.heads.vectors import vectors_by
from sunmao.knowledge import encoders
from sunmao.knowledge.text.language import language_of
from sunmao.modelhub.heads.classifier import Classifier
from sunmao.modelhub.heads.examples import Example, checked, contradictions, digest
from sunmao.modelhub.heads.ngrams import Floats
from sunmao.training.heads import figures, learning, lora
from sunmao.training.heads.learning import Learned, Task, Tell
from sunmao.training.heads.wishes import AUTO, LOGISTIC, LORA, NGRAM, Wish

SAMPLE = 200


@dataclass(frozen=True, kw_only=True)
class Outcome:
    classifier: Classifier
    figures: dict[str, Any]
    curve: list[dict[str, float]]


def _silent(_done: int, _total: int) -> None:
    return None


def learn(
    examples: Sequence[Example], *, test: Sequence[Example] = (), wish: Wish, tell: Tell = _silent
) -> Outcome:
    """Raises `InvalidInput` where nothing can be learnt, `EngineFailure` where an encoder fails."""
    began, busy = time.perf_counter(), time.process_time()
    wish, task = wish.checked(), Task.of(checked(examples))
    encoder = chosen(wish, task.inside)
    learned = _by_encoder(task, wish, encoder, tell) if encoder else learning.by_ngrams(
        task, seed=wish.seed, tell=tell
    )  # fmt: skip
    told: dict[str, Any] = {
        "method": learned.head.method,
        "encoder": learned.head.encoder,
        "encoder_identity": learned.head.encoder_identity,
        "labels": len(task.labels),
        "examples": len(task.inside),
        "out_of_scope_examples": len(task.outside),
        "contradictions": contradictions(examples),
        "data_sha256": digest(examples),
        "c": learned.c,
        "threshold": round(learned.head.threshold, 6),
        "validation_accuracy": learned.validation,
        "seed": wish.seed,
    }
    if test:
        told |= _tested(learned.head, task, test, wish.seed)
    told["seconds"] = round(time.perf_counter() - began, 1)
    told["cpu_seconds"] = round(time.process_time() - busy, 1)
    return Outcome(classifier=learned.head, figures=told, curve=learned.curve)


def chosen(wish: Wish, texts: Sequence[str]) -> str:
    """The encoder to learn on; empty for n-grams. Raises when a method needs one and there is none."""
    if wish.method == NGRAM or (wish.method == AUTO and wish.encoder == encoders.NONE):
        return ""
    languages = Counter(language_of(text) for text in texts[:SAMPLE])
    spec = wish.encoder or encoders.routed(languages.most_common(1)[0][0])
    if not spec and wish.method != AUTO:
        raise InvalidInput(
            _("No encoder serves the language of these texts. Name one, or learn by n-grams."),
            code="no_encoder",
            fields={"encoder": wish.method},
        )
    return spec


def _by_encoder(task: Task, wish: Wish, spec: str, tell: Tell) -> Learned:
    change: dict[str, Floats] = {}
    if wish.method == LORA:
        model = getattr(encoders.encoder(spec), "model", None)
        if model is None:
            raise InvalidInput(_("Only an encoder whose weights lie here can be tuned."), code="no_encoder")
        change = lora.tune(
            model, task.inside, task.targets, width=len(task.labels), seed=wish.seed, tell=tell,
        )  # fmt: skip
    vectors = vectors_by(spec, [*task.inside, *task.outside], change)
    inside, outside = vectors[: len(task.inside)], vectors[len(task.inside) :]
    found = learning.by_vectors(task, inside, outside, seed=wish.seed, tell=tell)
    classifier = Classifier(
        labels=task.labels,
        method=LORA if change else LOGISTIC,
        linear=found.linear,
        threshold=found.threshold,
        encoder=spec,
        encoder_identity=str(encoders.encoder(spec).identity),
        near=found.near,
        lora=change,
    )
    return Learned(head=classifier, c=found.c, validation=found.accuracy, curve=found.curve)


def _tested(classifier: Classifier, task: Task, test: Sequence[Example], seed: int) -> dict[str, Any]:
    texts, right = [one.text for one in test], [one.label for one in test]
    if classifier.encoder:
        said = classifier.of_vectors(vectors_by(classifier.encoder, texts, classifier.lora))
    else:
        said = classifier.of_texts(texts)
    told = figures.measured(said, right, seed=seed)
    low = figures.measured(learning.floor(task).of_texts(texts), right, seed=seed)
    twins = set(task.inside + task.outside)
    return {
        **told,
        "floor": {name: low[name] for name in ("accuracy", "macro_f1", "interval")},
        "also_in_training": int(np.sum([text in twins for text in texts])),
    }


__all__ = ["Outcome", "chosen", "learn"]
