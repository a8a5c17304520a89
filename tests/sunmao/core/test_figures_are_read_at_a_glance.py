"""Numbers as pages and reports show them."""

from __future__ import annotations

import pytest

from sunmao.core.figures import number, percent


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0, "0"),
        (4.0, "4"),
        (1280.4, "1,280"),
        (12_345_678, "12,345,678"),
        (812.34, "812.3"),
        (2.31178, "2.312"),
        (-0.123456, "-0.1235"),
        (0.0002, "0.0002"),
        (5e-9, "5 × 10⁻⁹"),
        (3.14159e22, "3.14 × 10²²"),
    ],
)
def test_a_number_has_its_thousands_apart_and_no_digit_too_many(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_a_share_is_a_percentage() -> None:
    assert (percent(0.66667), percent(None)) == ("66.7 %", "–")
