"""The half that was set aside before there was a recogniser, and Presidio's English data."""

from __future__ import annotations

from pathlib import Path

import pytest

from sunmao.guards.evaluation.pii import (
    BARS,
    STRUCTURED_GROUPS,
    Measured,
    built_in,
    measure,
    read,
    with_presidio,
)
from tests.sunmao.guards.personal.cases import author

CASES = Path(__file__).parent / "cases"


def test_the_cases_are_those_that_were_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for half, made in author.halves().items():
        assert made == read(CASES / f"zh.{half}.jsonl")


def test_there_are_three_hundred_and_half_of_them_hold_nothing_to_find() -> None:
    cases = [*read(CASES / "zh.dev.jsonl"), *read(CASES / "zh.held.jsonl")]

    assert len(cases) == 313
    assert sum(not case["spans"] for case in cases) == 137
    for case in cases:
        for span in case["spans"]:
            assert case["text"][span["start"] : span["end"]] == span["value"]


@pytest.fixture(scope="module", params=[built_in, with_presidio], ids=["built-in", "with Presidio"])
def held(request: pytest.FixtureRequest) -> Measured:
    return measure(read(CASES / "zh.held.jsonl"), request.param)


def test_structured_data_is_found_in_chinese(held: Measured) -> None:
    figures = held.total(STRUCTURED_GROUPS).figures()

    assert figures["recall"] >= BARS["structured recall"]
    assert figures["precision"] >= BARS["structured precision"]


def test_names_are_found_in_chinese(held: Measured) -> None:
    assert held.total(["person"]).figures()["f1"] >= BARS["names zh F1"]


def test_it_costs_at_most_five_milliseconds_per_kilobyte(held: Measured) -> None:
    assert held.milliseconds_per_kilobyte <= BARS["ms per kB"]


def test_structured_data_is_found_in_english(reference_data: Path) -> None:
    made = measure(read(reference_data / "pii_presidio" / "dev.jsonl"), with_presidio)
    figures = made.total(STRUCTURED_GROUPS).figures()

    assert figures["recall"] >= BARS["structured recall"]
    assert figures["precision"] >= BARS["structured precision"]
