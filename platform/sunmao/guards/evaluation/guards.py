"""`evaluate guards --prompts FILE…`: what is noticed, per language and carrier, beside the false alarms.

A line is JSON with `text` and `label`: injection, jailbreak, harmful, benign, or responsibility (an ordinary
question that needs a careful answer). Files of other shapes count as benign: a `context`, a `question` or
`query`, an intent's `text` whose label is none of these.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from sunmao.core.evaluating import Report, Table
from sunmao.guards.injection import detect as injection
from sunmao.guards.injection.model import language_of
from sunmao.guards.misuse import detect as misuse
from sunmao.guards.policy import policy

ATTACKS, HARM, ORDINARY = ("injection", "jailbreak"), ("harmful",), ("benign", "responsibility")
LABELS = {*ATTACKS, *HARM, *ORDINARY}
TEXTS = ("text", "context", "question", "query")
RESAMPLED = 1000


@dataclass(frozen=True)
class Prompt:
    text: str
    label: str
    language: str
    origin: injection.Origin
    source: str
    carrier: str


@dataclass(frozen=True)
class Seen:
    prompt: Prompt
    injection: bool
    misuse: bool
    score: float

    @property
    def flagged(self) -> bool:
        return self.injection or self.misuse

    @property
    def asks(self) -> bool:
        """Only questions are read for misuse: nobody asks for anything in a document."""
        return self.prompt.origin == "question"


class Guards:
    help = "injections and misuse noticed, and false alarms on benign text"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--prompts", nargs="+", required=True, type=Path, help="JSONL files of prompts")
        parser.add_argument("--threshold", type=float, help="score from which on an injection counts")

    def run(self, options: dict[str, Any]) -> Report:
        began, threshold = time.perf_counter(), options.get("threshold")
        prompts = [prompt for path in options["prompts"] for prompt in read(path)]
        seen = [look(prompt, threshold) for prompt in prompts]
        seconds = time.perf_counter() - began
        data = {
            **measured(seen, seed=options["seed"]),
            "n": len(seen),
            "seconds": round(seconds, 2),
            "milliseconds_per_kb": round(seconds * 1000 / (_bytes(prompts) / 1000 or 1), 3),
            "policy": policy().version,
        }
        return Report(data=data, tables=_tables(data), notes=NOTES)


def read(path: Path) -> Iterator[Prompt]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            text = next((str(row[name]) for name in TEXTS if row.get(name)), "")
            if text:
                yield _prompt(row, text, path)


def _prompt(row: Mapping[str, Any], text: str, path: Path) -> Prompt:
    label = row.get("label") if row.get("label") in LABELS else "benign"
    indirect = row.get("kind") == "indirect" or "context" in row
    return Prompt(
        text=text,
        label=str(label),
        language=row.get("lang") or language_of(text),
        origin="document" if indirect else "question",
        source=str(row.get("source") or (path.parent.name if path.parent.name != "cases" else path.stem)),
        carrier=str(row.get("carrier") or row.get("variant") or "plain"),
    )


def look(prompt: Prompt, threshold: float | None = None) -> Seen:
    found = injection.inspect(prompt.text, origin=prompt.origin)
    bound = threshold or (policy().quarantine if prompt.origin == "document" else policy().flag)
    asked = misuse.inspect(prompt.text) if prompt.origin == "question" else ()
    return Seen(prompt, found.score >= bound, bool(asked), found.score)


def measured(seen: Sequence[Seen], *, seed: int) -> dict[str, Any]:
    attacks = [one for one in seen if one.prompt.label in ATTACKS]
    harmful = [one for one in seen if one.prompt.label in HARM]
    benign = [one for one in seen if one.prompt.label == "benign"]
    careful = [one for one in seen if one.prompt.label == "responsibility"]
    return {
        "detection": _share([one.injection for one in attacks], seed=seed),
        "false_alarms": _share([one.injection for one in benign], seed=seed),
        "misuse": _share([one.misuse for one in harmful], seed=seed),
        "misuse_false_alarms": _share([one.misuse for one in benign if one.asks], seed=seed),
        "careful_questions_flagged": _share([one.flagged for one in careful], seed=seed),
        "by_language": _grouped(seen, lambda one: one.prompt.language),
        "by_source": _grouped(seen, lambda one: one.prompt.source),
        "by_carrier": _grouped(seen, lambda one: f"{one.prompt.language} {one.prompt.carrier}"),
        "floor": {"flag_nothing": {"detection": 0.0, "false_alarms": 0.0}},
    }


def _share(hits: Sequence[bool], *, seed: int) -> dict[str, Any]:
    """How many of them, with a bootstrap interval."""
    return {"n": len(hits), "rate": _rate(hits), "interval": _interval(hits, seed=seed)}


def _rate(hits: Sequence[bool]) -> float | None:
    return round(statistics.fmean(hits), 4) if hits else None


def _interval(hits: Sequence[bool], *, seed: int) -> list[float] | None:
    if not hits:
        return None
    draw = random.Random(seed)  # noqa: S311  not for secrets
    means = sorted(statistics.fmean(draw.choices(hits, k=len(hits))) for _ in range(RESAMPLED))
    return [round(means[int(RESAMPLED * 0.025)], 4), round(means[int(RESAMPLED * 0.975)], 4)]


def _grouped(seen: Sequence[Seen], key: Any) -> dict[str, dict[str, Any]]:
    groups: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for one in seen:
        if one.prompt.label in HARM:
            groups[key(one)]["misuse"].append(one.misuse)
        else:
            kind = "detection" if one.prompt.label in ATTACKS else "false_alarms"
            groups[key(one)][kind].append(one.injection)
    return {
        name: {kind: {"n": len(hits), "rate": _rate(hits)} for kind, hits in kinds.items()}
        for name, kinds in sorted(groups.items())
    }


def _bytes(prompts: Sequence[Prompt]) -> int:
    return sum(len(prompt.text.encode()) for prompt in prompts)


def _tables(data: Mapping[str, Any]) -> list[Table]:
    total = [
        (name, data[key]["n"], _shown(data[key]["rate"]), _between(data[key]["interval"]))
        for name, key in (
            ("attacks noticed", "detection"),
            ("false alarms", "false_alarms"),
            ("requests for harm noticed", "misuse"),
            ("false alarms of misuse", "misuse_false_alarms"),
            ("careful questions flagged", "careful_questions_flagged"),
        )
    ]
    return [
        Table(title="All", header=("what", "n", "share", "95 %"), rows=total),
        *(_group_table(title, data[key]) for title, key in GROUPS),
    ]


GROUPS = (("By language", "by_language"), ("By source", "by_source"), ("By carrier", "by_carrier"))
NOTES = (
    "Injections and misuse are two guards, and each has its own false alarms. Many bare payloads of BIPIA "
    "and some of PurpleLlama are ordinary requests: nothing in their wording is an attack.",
    "Noticing is graded; that nothing unauthorised happens when nothing is noticed is what "
    "`bench containment` checks.",
)


def _group_table(title: str, groups: Mapping[str, Any]) -> Table:
    kinds = ("detection", "misuse", "false_alarms")
    rows = [
        (name, *(f"{_shown(of[kind]['rate'])} of {of[kind]['n']}" if kind in of else "" for kind in kinds))
        for name, of in groups.items()
    ]
    return Table(title=title, header=("group", "attacks", "harm", "false alarms"), rows=rows)


def _shown(rate: float | None) -> str:
    return "" if rate is None else f"{rate:.1%}"


def _between(interval: Sequence[float] | None) -> str:
    return "" if interval is None else f"{interval[0]:.1%} to {interval[1]:.1%}"
