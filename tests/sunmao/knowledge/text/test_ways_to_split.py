"""The way to split follows the text, and may be chosen."""

from __future__ import annotations

import pytest

from sunmao.knowledge.text.splitting import WAYS, split
from tests.sunmao.knowledge.text import files

LAW = "# 测试法\n\n" + "\n\n".join(
    f"第{n}条　" + "这一句话连同句号一共是二十个字符长短。" * 12 for n in "一二三"
)


def test_all_ways_are_listed() -> None:
    assert WAYS == ("statute", "qa", "records", "markdown", "length", "parent_child")


def test_a_chosen_way_takes_the_place_of_the_one_that_fits() -> None:
    parsed = files.markdown(LAW, "测试法")
    assert split(parsed).counts == {"article": 3}
    by_length = split(parsed, way="length")
    assert by_length.counts == {"paragraph": 2}
    assert all(len(unit.text) <= 500 for unit in by_length.units)


def test_a_child_knows_the_unit_it_was_cut_from() -> None:
    parsed = files.markdown(LAW, "测试法")
    parents = {(unit.start, unit.end): unit.label for unit in split(parsed).units}
    children = split(parsed, way="parent_child").units
    assert len(children) == 6
    for child in children:
        assert len(child.text) <= 150
        assert child.parent is not None
        assert child.parent[0] <= child.start <= child.end <= child.parent[1]
        assert parsed.text[child.start : child.end] == child.text
    assert [child.label for child in children] == [label for label in parents.values() for _ in range(2)]


def test_an_unknown_way_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError):
        split(files.markdown(LAW), way="nonsense")
