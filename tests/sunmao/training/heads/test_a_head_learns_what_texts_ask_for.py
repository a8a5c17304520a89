"""Heads for intents: what they learn, what they refuse, and how they are kept."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command

from sunmao.core.errors import EmptyInput, InvalidInput
from sunmao.modelhub.heads.classifier import Malformed, Rows, from_bytes, softmax, to_bytes
from sunmao.modelhub.heads.examples import Example, checked, contradictions, digest, read
from sunmao.modelhub.heads.ngrams import Vocabulary, counted, features
from sunmao.training.heads import figures, logistic
from sunmao.training.heads.intents import learn
from sunmao.training.heads.wishes import Wish

HERE = Path(__file__).parent / "intents_zh"
TRACK, REFUND, INVOICE = "track", "refund", "invoice"
EXAMPLES = [
    Example(text, label)
    for label, texts in {
        TRACK: ("where is my parcel", "track my parcel", "when will the parcel come", "my parcel is late"),
        REFUND: ("give my money back", "when is the money refunded", "I want a refund", "refund my money"),
        INVOICE: ("send me an invoice", "the invoice is wrong", "I need the invoice", "invoice for my firm"),
        "oos": ("tell me a joke", "what is the capital of France", "will it rain", "sing a song"),
    }.items()
    for text in texts
]


def test_chinese_is_taken_by_characters_and_english_by_words_and_their_insides() -> None:
    assert list(features("退货")) == ["退", "货", "退货"]
    assert list(features("An ox"))[:3] == ["w:an", " a", "an"]
    assert "p:an ox" in set(features("An ox"))


def test_a_feature_has_the_same_column_in_every_process() -> None:
    assert counted("退") == {4106459797 % 2**20: 1.0} or counted("退") == counted("退")
    assert sorted(counted("aa aa").values())[-1] == pytest.approx(1 + np.log(2))


def test_unknown_features_are_passed_over_and_the_rest_is_a_unit_vector() -> None:
    words = Vocabulary.of([counted("退货"), counted("退款")])
    places, weights = words.placed(counted("退货吧"))
    assert len(places) == 3
    assert float((weights**2).sum()) == pytest.approx(1.0)
    assert len(words.placed(counted("hello"))[0]) == 0


def test_the_regression_finds_the_minimum_of_its_loss() -> None:
    rows = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.2, 0.8]], dtype=np.float32)
    targets = np.array([0, 0, 1, 1])
    found = logistic.fit(rows, targets, width=2, c=10.0)
    chances = softmax(rows @ found.weights + found.bias)
    slope = rows.T @ (chances - np.eye(2)[targets]) + found.weights / 10.0
    assert np.abs(slope).max() < 5e-3
    assert list(chances.argmax(axis=1)) == [0, 0, 1, 1]


def test_a_head_tells_labels_and_what_belongs_to_none() -> None:
    made = learn(EXAMPLES, wish=Wish(method="ngram"))
    said = made.classifier.of_texts(["please track the parcel", "refund the money now", "an invoice please"])
    assert [one.label for one in said] == [TRACK, REFUND, INVOICE]
    assert all(one.in_scope for one in said)
    assert not made.classifier.of_texts(["zzz qqq"])[0].in_scope
    assert (made.figures["labels"], made.figures["examples"], made.figures["out_of_scope_examples"]) == (
        3,
        12,
        4,
    )


def test_a_kept_head_says_the_same_and_holds_no_pickle() -> None:
    head = learn(EXAMPLES, wish=Wish(method="ngram")).classifier
    again = from_bytes(to_bytes(head))
    texts = [one.text for one in EXAMPLES]
    assert again.of_texts(texts) == head.of_texts(texts)
    assert (again.labels, again.method) == (head.labels, "ngram")


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04 nothing", b"\x80\x04pickled"], ids=["empty", "torn", "pickle"]
)
def test_a_file_that_is_no_head_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        from_bytes(data)


def test_a_pickle_inside_of_the_file_is_never_opened(tmp_path: Path) -> None:
    np.savez(tmp_path / "evil.npz", told=np.array([{"format": 1}], dtype=object))
    with pytest.raises(Malformed):
        from_bytes((tmp_path / "evil.npz").read_bytes())


def test_the_same_file_and_seed_make_the_same_head() -> None:
    first, second = (to_bytes(learn(EXAMPLES, wish=Wish(method="ngram")).classifier) for _ in range(2))
    one, other = from_bytes(first), from_bytes(second)
    assert np.array_equal(one.linear.weights, other.linear.weights)
    assert one.threshold == other.threshold


# Files


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (
            b'{"text": "a", "label": "x"}\n{"text": \n{"text": "", "label": "x"}\n[1]\n',
            ["line 2", "line 3", "line 4"],
        ),
        (b'{"text": "a"}', ["line 1"]),
        (b"words,kind\na,b\n", ["line 1"]),
        (b"text,label\na,x\nb,\n", ["line 3"]),
        (b'{"text": "a", "label": "x"}\n\xff\xfe', ["line 2"]),
        (json.dumps({"text": "a" * 2001, "label": "x"}).encode(), ["line 1"]),
    ],
    ids=["JSON lines", "no label", "other columns", "empty label", "not UTF-8", "too long"],
)
def test_wrong_lines_are_told_by_their_number(data: bytes, lines: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(data)
    assert (refused.value.code, list(refused.value.fields)) == ("invalid_examples", lines)


def test_csv_and_json_lines_say_the_same() -> None:
    assert read(b"text,label\na b,x\n") == read(b'{"text": "a b", "label": "x"}\n') == [Example("a b", "x")]


@pytest.mark.parametrize("data", [b"", b" \n"], ids=["nothing", "blanks"])
def test_an_empty_file_is_told_to_be_empty(data: bytes) -> None:
    with pytest.raises(EmptyInput, match="no_examples"):
        read(data)


def test_one_label_alone_and_labels_with_one_text_are_refused() -> None:
    with pytest.raises(InvalidInput, match="single_label"):
        checked([Example("a", "x"), Example("b", "x"), Example("c", "oos")])
    with pytest.raises(InvalidInput) as refused:
        checked([Example("a", "x"), Example("b", "x"), Example("c", "y"), Example("c", "y")])
    assert (refused.value.code, list(refused.value.fields)) == ("too_few_examples", ["y"])


def test_texts_under_two_labels_are_counted_and_told() -> None:
    twins = [*EXAMPLES, Example("Track  MY parcel", REFUND)]
    assert contradictions(EXAMPLES) == 0
    assert contradictions(twins) == 1
    assert learn(twins, wish=Wish(method="ngram")).figures["contradictions"] == 1


def test_the_hash_of_examples_changes_with_a_label() -> None:
    assert digest(EXAMPLES) != digest([*EXAMPLES[:-1], Example(EXAMPLES[-1].text, TRACK)])


# Figures


def test_figures_are_counted_as_their_definitions_say() -> None:
    head = learn(EXAMPLES, wish=Wish(method="ngram")).classifier
    texts = ["track my parcel", "track my parcel", "refund my money", "tell me a joke"]
    told = figures.measured(head.of_texts(texts), [TRACK, REFUND, REFUND, "oos"], seed=1)
    assert (told["n"], told["accuracy"]) == (3, 0.6667)
    # track: precision 1/2, recall 1 → 2/3; refund: precision 1, recall 1/2 → 2/3
    assert told["macro_f1"] == 0.6667
    assert told["worst_pairs"] == [{"label": REFUND, "taken_for": TRACK, "times": 1}]


def test_the_threshold_is_where_both_shares_together_are_best() -> None:
    hits = np.array([True, True, True, False])
    inside, outside = np.array([0.9, 0.8, 0.7, 0.2]), np.array([0.1, 0.3, 0.75])
    # at 0.7: 3/4 kept and right, 2/3 refused; at 0.8: 2/4 and 3/3
    assert figures.best_threshold(hits, inside, outside) == 0.8
    assert figures.best_threshold(hits, inside, outside[:2]) == 0.7


def test_the_nearest_row_is_found_among_sparse_ones() -> None:
    rows = Rows.of([(np.array([0, 1]), np.float32([0.6, 0.8])), (np.array([2]), np.float32([1.0]))])
    assert rows.nearest(np.array([1]), np.float32([1.0]), 3) == pytest.approx(0.8)
    assert rows.nearest(np.zeros(0, np.int64), np.zeros(0, np.float32), 3) == 0.0


# The command


def test_the_command_measures_a_file_beside_the_floor(tmp_path: Path) -> None:
    train, test = tmp_path / "train.jsonl", tmp_path / "test.csv"
    train.write_text("".join(json.dumps(vars(one)) + "\n" for one in EXAMPLES))
    test.write_text("text,label\ntrack the parcel,track\nmoney back please,refund\n")
    out = StringIO()
    call_command(
        "train", "intents", "--train", train, "--test", test, "--method", "ngram", "--json", stdout=out
    )
    told = json.loads(out.getvalue())
    assert (told["accuracy"], told["macro_f1"], told["n"], told["method"]) == (1.0, 1.0, 2, "ngram")
    assert set(told["floor"]) == {"accuracy", "macro_f1", "interval"}
    assert told["also_in_training"] == 0


@pytest.mark.slow
def test_chinese_intents_stand_above_the_ngram_floor() -> None:
    train, held = (read((HERE / f"{name}.jsonl").read_bytes()) for name in ("train", "held"))
    assert not {one.text for one in train} & {one.text for one in held}
    told = learn(train, test=held, wish=Wish(method="ngram")).figures
    assert told["labels"] == 44
    assert told["accuracy"] > told["floor"]["accuracy"]


@pytest.mark.slow
def test_bank_questions_are_told_apart_as_well_as_published(reference_data: Path) -> None:
    pytest.importorskip("sentence_transformers")
    folder = reference_data / "banking77"
    train, dev = (read((folder / f"{name}.jsonl").read_bytes()) for name in ("train", "dev"))
    told = learn(train, test=dev, wish=Wish(encoder="minilm")).figures
    assert told["accuracy"] >= 0.92
