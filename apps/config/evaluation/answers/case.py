"""`evaluate answers`: what is said, what is cited and what is refused, beside the floor, for each set."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.management.base import CommandParser

from apps.config.evaluation.answers import judging
from apps.config.evaluation.answers.asking import Said, answers, answers_without_gold, floor_answers
from apps.config.evaluation.base import add_day, in_force, load, override_settings, scratch_stack
from apps.config.evaluation.figures import bootstrap, percentile
from apps.config.evaluation.learning import learn
from apps.config.evaluation.material import Given, Question, named, passages, questions
from sunmao.core.errors import InvalidInput
from sunmao.core.evaluating import Report, Table

SHOWN = (
    "best_1", "best_2", "exact", "f1", "citation_precision", "citation_recall",
    "wrong_refusal", "refusal", "auroc", "wrong_refusal_at_90",
)  # fmt: skip
LONGEST_SPAN = 60
"""Longer than this in the middle, the answers of a set are texts of their own, which no sentence holds."""
Systems = Mapping[str, tuple[Sequence[Said], Sequence[Said]]]


class AnswersEvaluation:
    help = "answer from passages: what is said, cited and refused"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--passages", nargs="+", required=True, metavar="FILE")
        parser.add_argument("--queries", nargs="+", required=True, metavar="FILE", help="one set each")
        parser.add_argument("--train", nargs="+", default=[], metavar="FILE", help="questions to learn from")
        parser.add_argument(
            "--drop-gold", action="store_true", help="ask again without the passages that answer"
        )
        parser.add_argument(
            "--foreign",
            nargs="+",
            default=[],
            metavar="FILE",
            help="questions that this base does not answer",
        )
        add_day(parser)

    def run(self, options: dict[str, Any]) -> Report:
        began = time.perf_counter()
        given = passages(options["passages"])
        there = in_force(given, options["as_of"])
        known = {one.id for one in there}
        sets = {named(file): _answerable(questions([file]), known) for file in options["queries"]}
        asked = [one for some in sets.values() for one in some]
        if not asked:
            raise InvalidInput(fields={"queries": "no question names a passage of these files"})
        drop, foreign = options["drop_gold"], questions(options["foreign"])
        with scratch_stack(), override_settings(SUNMAO_ENGLISH_ENCODER="minilm"):
            loaded = load(given, options["as_of"])
            learned = learn(loaded, questions(options["train"]))
            default = answers(loaded, asked), answers_without_gold(loaded, asked) if drop else []
            strange = answers(loaded, foreign)
        floor = floor_answers(there, asked), floor_answers(there, asked, dropped=True) if drop else []
        data = {
            "sets": _sets(sets, {"floor": floor, "default": default}, there, options["seed"]),
            "foreign": _foreign(sets, default[0], strange, options["seed"]) if foreign else {},
            "learned": {"questions": learned.questions, "ranking": learned.ranking},
            "passages": len(there),
            "as_of": loaded.on.isoformat(),
            "seed": options["seed"],
            "seconds": round(time.perf_counter() - began, 1),
        }
        return Report(data=data, tables=_tables(data), notes=_notes(data))


def _answerable(asked: Sequence[Question], known: set[str]) -> list[Question]:
    return [one for one in asked if one.relevant & known]


def _sets(
    sets: Mapping[str, Sequence[Question]], systems: Systems, given: Sequence[Given], seed: int
) -> dict[str, Any]:
    texts = {one.id: one.unit.text for one in given}
    told: dict[str, Any] = {}
    start = 0
    for name, asked in sets.items():
        part = slice(start, start + len(asked))
        start += len(asked)
        if asked:
            told[name] = {
                "n": len(asked),
                **{
                    system: _figures(asked, present[part], absent[part], texts, seed)
                    for system, (present, absent) in systems.items()
                },
            }
    return told


def _foreign(
    sets: Mapping[str, Sequence[Question]], said: Sequence[Said], strange: Sequence[Said], seed: int
) -> dict[str, Any]:
    """How well questions of each set are told from those that belong to another base."""
    scores = [one.score for one in strange]
    refused = sum(not one.accepted for one in strange)
    told: dict[str, Any] = {"n": len(strange), "refusal": round(refused / len(strange), 4)}
    start = 0
    for name, asked in sets.items():
        own = [one.score for one in said[start : start + len(asked)]]
        start += len(asked)
        if own:
            wrong = judging.wrongly_refused(own, scores)
            told[name] = {
                "auroc": round(judging.auroc(own, scores), 4),
                "wrong_refusal_at_90": round(sum(wrong) / len(wrong), 4),
                "interval": {
                    "auroc": judging.auroc_interval(own, scores, seed=seed),
                    "wrong_refusal_at_90": bootstrap(wrong, seed=seed),
                },
            }
    return told


def _figures(
    asked: Sequence[Question],
    present: Sequence[Said],
    absent: Sequence[Said],
    texts: Mapping[str, str],
    seed: int,
) -> dict[str, Any]:
    values = _of_answers(asked, present, texts)
    if absent:
        right, wrong = [one.score for one in present], [one.score for one in absent]
        values["refusal"] = [float(not one.accepted) for one in absent]
        values["wrong_refusal_at_90"] = judging.wrongly_refused(right, wrong)
    figures: dict[str, Any] = {
        name: round(sum(found) / len(found), 4) if found else None for name, found in values.items()
    }
    interval = {name: bootstrap(found, seed=seed) for name, found in values.items() if found}
    if absent:
        figures["auroc"] = round(judging.auroc(right, wrong), 4)
        interval["auroc"] = judging.auroc_interval(right, wrong, seed=seed)
    timings = [one.milliseconds for one in present]
    times = {"p50": round(percentile(timings, 0.5), 2), "p95": round(percentile(timings, 0.95), 2)}
    return {**figures, "interval": interval, "milliseconds": times}


def _of_answers(
    asked: Sequence[Question], said: Sequence[Said], texts: Mapping[str, str]
) -> dict[str, list[float]]:
    """A refused question is answered with nothing; only what was said can cite wrongly."""
    right = [one.answers or tuple(texts[key] for key in sorted(one.relevant & texts.keys())) for one in asked]
    spoken = [(one, answer) for one, answer in zip(asked, said, strict=True) if answer.accepted]
    text = [answer.text if answer.accepted else "" for answer in said]
    values = {
        "exact": [judging.exact(one, wanted) for one, wanted in zip(text, right, strict=True)],
        "f1": [judging.overlap(one, wanted) for one, wanted in zip(text, right, strict=True)],
        "citation_precision": [
            len(answer.cited & one.relevant) / len(answer.cited) for one, answer in spoken if answer.cited
        ],
        "citation_recall": [
            len(answer.cited & one.relevant & texts.keys()) / len(one.relevant & texts.keys())
            if answer.accepted
            else 0.0
            for one, answer in zip(asked, said, strict=True)
        ],
        "wrong_refusal": [float(not answer.accepted) for answer in said],
    }
    if _are_spans(asked):
        for count in (1, 2):
            values[f"best_{count}"] = [
                judging.holds(answer.best[:count], one.answers)
                for one, answer in zip(asked, said, strict=True)
            ]
    return values


def _are_spans(asked: Sequence[Question]) -> bool:
    lengths = sorted(len(one.answers[0]) for one in asked if one.answers)
    return bool(lengths) and lengths[len(lengths) // 2] <= LONGEST_SPAN


def _tables(data: Mapping[str, Any]) -> list[Table]:
    return [
        Table(
            title=f"{name}: {found['n']} questions over {data['passages']} passages",
            header=("system", *SHOWN),
            rows=[
                (system, *("" if (v := found[system].get(figure)) is None else v for figure in SHOWN))
                for system in ("floor", "default")
            ],
        )
        for name, found in data["sets"].items()
    ]


def _notes(data: Mapping[str, Any]) -> list[str]:
    notes = []
    for name, found in data["sets"].items():
        times, interval = found["default"]["milliseconds"], found["default"]["interval"]
        notes.append(f"{name}: p50 {times['p50']} ms, p95 {times['p95']} ms")
        notes += [
            f"{name}: {figure} 95 % interval {low}…{high}"
            for figure, (low, high) in interval.items()
            if figure in SHOWN
        ]
    foreign = data["foreign"]
    for name in foreign.keys() & data["sets"].keys():
        notes.append(
            f"{name} against {foreign['n']} foreign questions ({foreign['refusal']} refused): "
            f"auroc {foreign[name]['auroc']}, wrong refusal at 90 % {foreign[name]['wrong_refusal_at_90']}"
        )
    return notes
