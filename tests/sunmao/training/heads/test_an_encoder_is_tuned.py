"""Low-rank changes of encoders: for labels, and for the questions of a base."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from sunmao.inference.heads.classifying import told
from sunmao.inference.heads.vectors import vectors_by
from sunmao.knowledge import encoders, reranking
from sunmao.modelhub.heads.classifier import from_bytes, to_bytes
from sunmao.modelhub.heads.errors import HeadFailure
from sunmao.modelhub.heads.examples import Example
from sunmao.training.encoders import crossing, negatives, tuning
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


def test_a_cross_encoder_puts_answers_before_hard_negatives_and_reloads_equal(
    spec: str, tmp_path: Path
) -> None:
    model = _model(spec)
    known, asked = (tuning.encoded(model, texts, longest=32) for texts in (PASSAGES, QUESTIONS))
    right = [frozenset({place}) for place in range(len(WORDS))]
    pairs = negatives.mine(asked, known, right, each=2, seed=1).pairs
    losses: list[float] = []
    settings = crossing.Settings(epochs=200, batch=8, rate=3e-3, longest=32)
    tuned = crossing.tune(
        crossing.begun(model, longest=32, seed=1), QUESTIONS, PASSAGES, pairs, seed=1, settings=settings,
        tell=lambda _done, _total, loss: losses.append(loss),
    )  # fmt: skip
    assert losses[-1] < losses[0] * 0.7

    def right_first(of: Any) -> int:
        groups = [(pair.question, (pair.positive, *pair.negatives)) for pair in pairs]
        said = [
            crossing.scores(of, QUESTIONS[asked], [PASSAGES[one] for one in group]) for asked, group in groups
        ]
        return sum(scores[0] > max(scores[1:]) for scores in said)

    # Of three passages one is right by chance; every passage has a twin of the same words in another order,
    # which so small a model tells apart or not by the last digits of the processor's sums.
    chance = len(pairs) / 3
    assert right_first(tuned) > chance > right_first(crossing.begun(model, longest=32, seed=1))
    again = reranking.CrossEncoder(crossing.save(tuned, tmp_path / "reranker"))
    assert np.allclose(
        again.scores(QUESTIONS[0], PASSAGES), crossing.scores(tuned, QUESTIONS[0], PASSAGES), atol=2e-2
    )
    assert np.array_equal(tuning.encoded(model, PASSAGES, longest=32), known), "the encoder stays as it was"


def test_a_pair_without_a_negative_teaches_a_cross_encoder_nothing() -> None:
    pairs = [negatives.Pair(0, 0, (1, 2)), negatives.Pair(1, 1, ()), negatives.Pair(2, 2, (0,))]
    batches = list(crossing._batches(pairs, crossing.Settings(epochs=1), np.random.default_rng(1)))
    assert [[pair.question for pair in batch] for batch in batches] == [[0], [2]]


def test_retrieval_and_reranker_are_tuned_from_the_shell_and_say_what_they_are_worth(
    spec: str, tmp_path: Path
) -> None:
    files = {name: tmp_path / f"{name}.jsonl" for name in ("passages", "queries", "test")}
    rows = [{"doc_id": str(at), "answer": text} for at, text in enumerate(PASSAGES)]
    asked = [{"query": text, "relevant": [str(at)]} for at, text in enumerate(QUESTIONS)]
    for name, lines in (("passages", rows), ("queries", asked[:6]), ("test", asked[6:])):
        files[name].write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    given = [word for name, file in files.items() for word in (f"--{name}", str(file))]
    for verb in ("retrieval", "reranker"):
        folder, out = tmp_path / verb, io.StringIO()
        call_command("train", verb, *given, "--encoder", spec, "--epochs", "1", "--longest", "32",
                     "--save", str(folder), "--json", stdout=out)  # fmt: skip
        told = json.loads(out.getvalue())
        assert (told["questions"], told["pairs"], told["n"]) == (6, 6, 2)
        assert told["before"]["recall@10"] == told["after"]["recall@10"] == 1.0
        card = (folder / "README.md").read_text()
        assert f"| mrr@10 | {told['before']['mrr@10']} | {told['after']['mrr@10']} |" in card
    leaked = [*given[:-1], str(files["queries"])]
    with pytest.raises(CommandError, match="6 questions are learnt from"):
        call_command("train", "reranker", *leaked, "--encoder", spec)
