"""Marks of sources that were not read go, and figures that no source has are noticed."""

from __future__ import annotations

import pytest

from sunmao.guards.verify import verify

SOURCES = {1: "A return costs 12 yuan for a parcel.", 2: "The period is 7 days, for orders above 1,000 yuan."}


@pytest.mark.parametrize(
    ("case", "text", "kept", "cited", "rules"),
    [
        ("all in order", "It costs 12 yuan [1].", "It costs 12 yuan [1].", (1,), []),
        ("two sources, one twice", "[2] a [1] b [2]", "[2] a [1] b [2]", (2, 1), []),
        ("an invented source", "It costs 12 yuan [1][9].", "It costs 12 yuan [1].", (1,), ["G-CITE"]),
        ("only invented ones", "It is free [7].", "It is free .", (), ["G-CITE", "G-NOCITE"]),
        ("no source", "It costs 12 yuan.", "It costs 12 yuan.", (), ["G-NOCITE"]),
        ("an invented figure", "It costs 13 yuan [1].", "It costs 13 yuan [1].", (1,), ["G-NUMBER"]),
        ("a figure of the question", "For 5 days [2].", "For 5 days [2].", (2,), []),
        ("a figure written otherwise", "Above 1000 yuan [2].", "Above 1000 yuan [2].", (2,), []),
        ("the mark itself is no figure", "Yes [2].", "Yes [2].", (2,), []),
        ("nothing said", "", "", (), []),
        ("zero is no source", "Yes [0][1].", "Yes [1].", (1,), ["G-CITE"]),
    ],
)
def test_what_is_found(case: str, text: str, kept: str, cited: tuple[int, ...], rules: list[str]) -> None:
    verified = verify(text=text, sources=SOURCES, question="May I return it after 5 days?")
    assert (verified.text, verified.cited) == (kept, cited)
    assert [finding["rule_id"] for finding in verified.findings] == rules
    assert {finding["source"] for finding in verified.findings} <= {"guard"}
