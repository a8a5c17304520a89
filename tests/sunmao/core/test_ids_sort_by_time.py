"""UUID version 7: unique, in the order of time, and tolerant of what is no id."""

from __future__ import annotations

import time
import uuid

import pytest

from sunmao.core.ids import new_id, parse_id, reference


def test_it_is_of_version_7_and_carries_the_time() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000


def test_a_later_one_sorts_after_an_earlier_one() -> None:
    earlier = new_id()
    time.sleep(0.002)
    assert earlier < new_id()


def test_ten_thousand_are_different() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize("value", [None, "", "no-id", 17, "\x00", "00000000-0000-0000-0000-00000000000g"])
def test_what_is_no_id_refers_to_nothing(value: object) -> None:
    assert parse_id(value) is None
    assert reference(value) == uuid.UUID(int=0)


def test_an_id_is_read_from_text() -> None:
    made = new_id()
    assert parse_id(str(made)) == reference(str(made)) == made
