from __future__ import annotations

import random

from sunmao.answering.mining.clustering import cluster

SOFA = ["沙发可以分期付款吗", "买沙发能不能分期付款", "请问沙发分期付款怎么办理"]
LAMP = ["台灯的灯泡是什么型号", "台灯灯泡型号"]
PARKING = ["Is there parking at the shop?", "Where is parking for the shop?"]


def _texts(questions: list[str]) -> list[set[str]]:
    return [{questions[number] for number, _ in group.members} for group in cluster(questions)]


def test_what_asks_the_same_is_one_cluster() -> None:
    assert _texts([*SOFA, *LAMP, *PARKING]) == [set(SOFA), set(PARKING), set(LAMP)]


def test_the_order_of_arrival_does_not_matter() -> None:
    questions = [*SOFA, *LAMP, *PARKING, "Do you sell beds?", "窗帘怎么清洗"]
    expected = _texts(questions)
    for seed in range(5):
        random.Random(seed).shuffle(questions)  # noqa: S311  reproducible, not secret
        assert _texts(questions) == expected


def test_the_medoid_is_likest_to_all_and_comes_first() -> None:
    questions = ["sofa colour", "sofa colour grey fabric", "sofa colour grey"]
    group = cluster(questions)[0]
    assert questions[group.medoid] == "sofa colour grey"
    assert group.members[0] == (group.medoid, 1.0)
    assert len(group.members) == 3


def test_the_same_question_many_times_is_one_cluster() -> None:
    group = cluster(["Do you sell beds?"] * 40)[0]
    assert len(group.members) == 40


def test_nothing_and_signs_alone_are_left_out() -> None:
    assert cluster([]) == []
    assert cluster(["???", "  ", "……"]) == []
