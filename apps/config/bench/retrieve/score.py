"""From the timings of an arena to rows and ratios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apps.config.bench.corpus.questions import OFF, ON
from apps.config.bench.corpus.truth import K, Truth, mean_recall, mean_rows
from apps.config.bench.race import Timing
from apps.config.bench.report import Case, Ratio
from apps.config.bench.retrieve.arena import TOPICS
from apps.config.bench.verdict import Goal, at_least, at_most, compare, judge

COMPLETE, RECALL = at_least(1), at_least(0.99)
TENTH = at_most(0.1)
FULL_SIZE = 100_000
"""Goals against other engines hold from here: their cost grows with all rows, ours with those of the base."""

Timings = Mapping[str, Timing]
Truths = Mapping[str, Sequence[Truth]]
Goals = Mapping[tuple[str, str], Goal]
"""By rival and topic."""


def cases(prefix: str, timings: Timings, truths: Truths, params: Mapping[str, Any]) -> Iterator[Case]:
    for name, timing in timings.items():
        topic = name.rpartition(".")[2]
        yield timing.case(
            f"{prefix}.{name}",
            recall=mean_recall(truths[topic], timing.answers),
            nret=mean_rows(timing.answers),
            params={**params, "topic": topic, "possible": round(_possible(truths[topic]), 2)},
        )


def quality(prefix: str, timings: Timings, truths: Truths) -> Iterator[Ratio]:
    """Our side alone: the right rows, and all that there are."""
    for topic in TOPICS:
        answers = timings[f"ours.{topic}"].answers
        recall, rows = mean_recall(truths[topic], answers), mean_rows(answers)
        possible = _possible(truths[topic])
        name = f"{prefix}.{topic}"
        yield judge(f"{name}.recall", num="ours", den="brute force", values=[recall], goal=RECALL)
        if possible:
            yield judge(
                f"{name}.rows", num="ours", den="rows possible", values=[rows / possible], goal=COMPLETE
            )


def speed(prefix: str, timings: Timings, goals: Goals) -> Iterator[Ratio]:
    """The median question of ours over everybody else's, then off topic over on topic."""
    for topic in TOPICS:
        ours = timings[f"ours.{topic}"]
        for name, other in timings.items():
            rival, _, about = name.rpartition(".")
            if about == topic and rival != "ours":
                goal = goals.get((rival, topic))
                yield compare(f"{prefix}.{topic}.p50_vs_{rival}", ours, other, goal=goal)
    yield compare(f"{prefix}.off_topic_p50", timings[f"ours.{OFF}"], timings[f"ours.{ON}"])


def dense_goals(rows: int) -> Goals:
    """What pgvector does about lost rows may at no size be quicker than not losing them."""
    return {("iterative", OFF): at_most(1), **_tenth_of("chroma", "lancedb", rows=rows)}


def lexical_goals(rows: int) -> Goals:
    return _tenth_of("usual", rows=rows)


def _tenth_of(*rivals: str, rows: int) -> Goals:
    return {(rival, topic): TENTH for rival in rivals for topic in TOPICS} if rows >= FULL_SIZE else {}


def _possible(truths: Sequence[Truth]) -> float:
    return sum(min(K, truth.possible) for truth in truths) / len(truths)
