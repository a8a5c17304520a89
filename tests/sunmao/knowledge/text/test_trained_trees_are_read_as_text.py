"""Small trained parts are numbers in a text file, and say what the library that trained them said."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sunmao.knowledge.text.background import TABLE, share
from sunmao.knowledge.text.refusal_features import OF_LANGUAGE
from sunmao.knowledge.text.sentence_features import NAMES as SENTENCE
from sunmao.knowledge.text.trained.forest import FOLDER, Forest, from_lightgbm, shipped


def test_a_forest_adds_up_its_leaves() -> None:
    tree = {"splits": [[0, 1.0, -1, 1], [1, 5.0, -2, -3]], "leaves": [1.0, 2.0, 4.0]}
    stump: dict[str, list[object]] = {"splits": [], "leaves": [10.0]}
    forest = Forest({"features": ["a", "b"], "trees": [tree, stump]})
    rows = np.array([[1.0, 9.0], [1.1, 5.0], [1.1, 5.1]])
    assert forest.scores(rows).tolist() == [11.0, 12.0, 14.0]


def test_it_says_what_lightgbm_says() -> None:
    lightgbm = pytest.importorskip("lightgbm")
    draw = np.random.default_rng(1)
    rows = draw.normal(size=(300, 4))
    data = lightgbm.Dataset(rows, label=(rows[:, 0] * rows[:, 1] > 0).astype(int))
    trained = lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 1}, data, 20)
    forest = Forest(from_lightgbm(trained, "abcd"))
    assert np.allclose(forest.scores(rows), trained.predict(rows, raw_score=True), atol=1e-4)


def test_the_shipped_parts_are_of_todays_features() -> None:
    assert shipped("picker").features == SENTENCE
    told = json.loads((FOLDER / "refusal.json").read_text("utf-8"))
    features = {language: tuple(part["forest"]["features"]) for language, part in told.items()}
    assert features == OF_LANGUAGE


def test_the_table_of_common_words_holds_no_sentence() -> None:
    table = json.loads(TABLE.read_text("utf-8"))["per_thousand"]
    assert max(len(word) for word in table if not word.isascii()) <= 2
    assert all(5 <= often <= 1000 for often in table.values())
    assert share("的") > share("保") > share("蝾螈") == 0.001
