"""Low-rank changes of encoders: for labels, and for the questions of a base."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sunmao.inference.heads.classifying import told
from sunmao.inference.heads.vectors import vectors_by
from sunmao.knowledge import encoders
from sunmao.modelhub.heads.classifier import from_bytes, to_bytes
from sunmao.modelhub.heads.errors import HeadFailure
from sunmao.modelhub.heads.examples import Example
from sunmao.training.encoders import negatives, tuning
from sunmao.training.heads import lora
from sunmao.training.heads.intents import learn
from sunmao.training.heads.wishes import Wish
from tests.sunmao.training.heads.encoder import tiny

pytest.importorskip("sentence_transformers")
WORDS = ("parcel", "refund", "invoice", "loan", "card", "pin", "rate", "claim")
PASSAGES = [f"about {word} {other} and more" for word, other in zip(WORDS, reversed(WORDS), strict=True)]
QUESTIONS = [
    f"tell me of {other} in the matter of {word}" for word, other in zip(WORDS, reversed(WORDS), strict=True)
]
EXAMPLES = [
    Example(f"{before} {word}", word)
    for word in WORDS[:3]
    for before in ("my", "the late", "a new", "this old")
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts = [*PASSAGES, *QUESTIONS, *(one.text for one in EXAMPLES)]
    return tiny(tmp_path_factory.mktemp("tiny"), texts)


@pytest.fixture
def spec(folder: Path) -> Iterator[str]:
    encoders.forget()
    yield f"st:{folder}"
    encoders.forget()


def _model(spec: str) -> Any:
    return encoders.encoder(spec).model  # type: ignore[attr-defined]


def test_a_change_that_was_not_learnt_yet_changes_nothing(spec: str) -> None:
    before = vectors_by(spec, ["my parcel"])
    model = _model(spec)
    with lora.trainable(model, rank=2, alpha=4.0, seed=1) as parameters:
        inside = np.array(model.encode(["my parcel"], normalize_embeddings=True))
    assert len(parameters) == 2 * 2 * 6
    assert np.allclose(inside, before, atol=1e-6)
    assert np.allclose(vectors_by(spec, ["my parcel"]), before)


def test_a_head_on_a_tuned_encoder_says_the_same_after_it_was_kept(spec: str) -> None:
    before = vectors_by(spec, ["my parcel"])
    made = learn(EXAMPLES, wish=Wish(method="lora", encoder=spec))
    kept = from_bytes(to_bytes(made.classifier))
    texts = [one.text for one in EXAMPLES]
    assert made.figures["method"] == "lora"
    assert told(kept, texts) == told(made.classifier, texts)
    assert [one.label for one in told(kept, texts)] == [one.label for one in EXAMPLES]
    assert np.array_equal(vectors_by(spec, ["my parcel"]), before), "the shared encoder stays as it was"


def test_a_head_refuses_an_encoder_that_it_was_not_trained_on(spec: str) -> None:
    made = learn(EXAMPLES, wish=Wish(method="lr", encoder=spec)).classifier
    other = type(made)(**{**vars(made), "encoder_identity": "another@1/32/l2"})
    with pytest.raises(HeadFailure, match="head_wrong_encoder"):
        told(other, ["my parcel"])


def test_a_loss_that_is_no_number_ends_the_tuning(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lora, "SHARPNESS", float("nan"))
    with pytest.raises(HeadFailure, match="loss_not_finite"):
        learn(EXAMPLES, wish=Wish(method="lora", encoder=spec))


def test_hard_negatives_are_wrong_near_and_not_too_near() -> None:
    passages = np.float32([[1, 0], [0.999, 0.045], [0.8, 0.6], [0, 1]])
    asked = np.float32([[1, 0]])
    mined = negatives.mine(asked, passages, [frozenset({0})], each=2, seed=1)
    assert [(one.positive, set(one.negatives)) for one in mined.pairs] == [(0, {2, 3})]
    assert mined.left_out == 1  # as like as the answer: probably an answer too
    assert negatives.mine(asked, passages, [frozenset()], each=2, seed=1).pairs == []


def test_a_tuned_encoder_finds_what_it_was_taught_and_reloads_equal(spec: str, tmp_path: Path) -> None:
    model = _model(spec)
    known, asked = (tuning.encoded(model, texts, longest=32) for texts in (PASSAGES, QUESTIONS))
    right = [frozenset({place}) for place in range(len(WORDS))]
    mined = negatives.mine(asked, known, right, each=1, seed=1)
    losses: list[float] = []
    settings = tuning.Settings(rank=4, epochs=40, batch=8, rate=1e-2, longest=32)
    tuned = tuning.tune(
        model, QUESTIONS, PASSAGES, mined.pairs, seed=1, settings=settings,
        tell=lambda _done, _total, loss: losses.append(loss),
    )  # fmt: skip
    assert losses[-1] < losses[0] / 2

    def hits(of: Any) -> int:
        likeness = tuning.encoded(of, QUESTIONS, longest=32) @ tuning.encoded(of, PASSAGES, longest=32).T
        return int((likeness.argmax(axis=1) == np.arange(len(WORDS))).sum())

    assert hits(tuned) > hits(model)
    again = encoders.encoder(tuning.save(tuned, tmp_path / "tuned"))
    assert np.allclose(again.encode(PASSAGES), tuning.encoded(tuned, PASSAGES, longest=32), atol=2e-2)
    assert again.identity != encoders.encoder(spec).identity


def test_no_batch_holds_two_questions_of_one_passage() -> None:
    pairs = [negatives.Pair(number, number // 2, ()) for number in range(8)]
    settings = tuning.Settings(batch=8, epochs=1)
    batches = list(tuning._batches(pairs, settings, np.random.default_rng(1)))
    assert sorted(pair.question for batch in batches for pair in batch) == list(range(8))
    assert all(len({pair.positive for pair in batch}) == len(batch) for batch in batches)
