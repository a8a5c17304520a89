"""Hidden characters go, white space at the ends goes, and what is empty or too long is refused."""

from __future__ import annotations

import pytest

from sunmao.core.errors import EmptyInput, TooLong
from sunmao.guards.screen import screen


@pytest.mark.parametrize(
    ("case", "text", "kept"),
    [
        ("plain", "How long?", "How long?"),
        ("white space at the ends", "  How long?\n", "How long?"),
        ("zero width", "ig\u200bnore", "ignore"),
        ("direction marks", "\u202ehidden\u202c", "hidden"),
        ("a soft hyphen", "ware\u00adhouse", "warehouse"),
        ("private use", "a\ue000b", "ab"),
        ("half a surrogate pair", "a\ud800b", "ab"),
        ("control characters", "a\x00\x07b", "ab"),
        ("a bidi-free Chinese text", "七天无理由退货？", "七天无理由退货？"),
        ("line ends and tabs stay", "one\n\ttwo", "one\n\ttwo"),
        ("an ideographic space at the ends", "\u3000退货\u3000", "退货"),
    ],
)
def test_it_is_read_as_people_see_it(case: str, text: str, kept: str) -> None:
    assert screen(text=text, field="question", limit=100) == kept


def test_the_limit_counts_what_is_kept() -> None:
    assert screen(text="\u200b" * 50 + "问" * 10, field="question", limit=10) == "问" * 10
    with pytest.raises(TooLong) as caught:
        screen(text="问" * 11, field="question", limit=10)
    assert (caught.value.code, list(caught.value.fields)) == ("too_long", ["question"])


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\n\t", "\u3000"])
def test_nothing_is_no_question(text: str) -> None:
    with pytest.raises(EmptyInput) as caught:
        screen(text=text, field="text", limit=10)
    assert (caught.value.code, list(caught.value.fields)) == ("empty_input", ["text"])
