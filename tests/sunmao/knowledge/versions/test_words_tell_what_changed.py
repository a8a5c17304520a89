"""The difference of two texts, word by word; together the pieces are both texts."""

from __future__ import annotations

import pytest

from sunmao.core import differences
from sunmao.knowledge.versions.words import difference

LONG = "The warranty lasts two years. " * 200


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        ("七日内退货。", "三十日内退货。", [("removed", "七"), ("added", "三十"), ("same", "日内退货。")]),
        ("in 7 days", "in 30 days", [("same", "in "), ("removed", "7"), ("added", "30"), ("same", " days")]),
        ("the same", "the same", [("same", "the same")]),
        ("", "new", [("added", "new")]),
        ("gone", "", [("removed", "gone")]),
        ("don't stop", "do stop", [("removed", "don't"), ("added", "do"), ("same", " stop")]),
    ],
)  # fmt: skip
def test_only_what_changed_is_marked(before: str, after: str, pieces: list[tuple[str, str]]) -> None:
    assert [(piece.op, piece.text) for piece in difference(before, after)] == pieces


def test_very_long_texts_are_compared_by_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differences, "MOST_PAIRS", 1000)
    pieces = difference(LONG, f"{LONG}It covers the frame.")
    added = "".join(piece.text for piece in pieces if piece.op == "added")
    assert added.strip() == "It covers the frame."
    assert len(pieces) <= 3


@pytest.mark.parametrize(
    ("before", "after"), [(LONG, LONG[::-1]), ("a，b；c\n\n d", "a；b\n c，d"), ("甲乙丙", "乙丙丁")]
)
def test_no_word_is_lost(before: str, after: str) -> None:
    pieces = difference(before, after)
    assert "".join(piece.text for piece in pieces if piece.op != "added") == before
    assert "".join(piece.text for piece in pieces if piece.op != "removed") == after
