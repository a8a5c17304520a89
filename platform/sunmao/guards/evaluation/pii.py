"""`evaluate pii --cases FILE…`: how much personal data is found, kind by kind, and how fast.

A case is a line `{"text": …, "spans": [{"type", "start", "end"}]}`. A span counts as found when nine tenths
of its letters and digits lie in finds of its kind; a find counts as right when half of it lies in spans of
its kind.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from sunmao.core.evaluating import Report, Table
from sunmao.guards.personal.detecting import Language, detect
from sunmao.guards.personal.kinds import STRUCTURED

# Kinds that a file of cases does not tell apart, and the names that Presidio's data use.
GROUPS = {
    "mobile": "phone", "landline": "phone", "titled_person": "person",
    "CREDIT_CARD": "bank_card", "PHONE_NUMBER": "phone", "EMAIL_ADDRESS": "email", "US_SSN": "us_ssn",
    "IBAN_CODE": "iban", "IP_ADDRESS": "ip_address", "DOMAIN_NAME": "web_address", "URL": "web_address",
    "STREET_ADDRESS": "address", "PERSON": "person", "US_PASSPORT": "passport",
}  # fmt: skip
STRUCTURED_GROUPS = {GROUPS.get(kind, kind) for kind in STRUCTURED}
KNOWN = STRUCTURED_GROUPS | {"address", "person"}
FOUND, RIGHT, RESAMPLES = 0.9, 0.5, 500
BARS = {"structured recall": 0.98, "structured precision": 0.95, "names zh F1": 0.85, "ms per kB": 5.0}

Span = tuple[str, int, int]
Detect = Callable[[str, Language], Iterable[Span]]


@dataclass
class Counts:
    """Of one kind: spans found and missed, finds right and wrong."""

    found: int = 0
    missed: int = 0
    right: int = 0
    wrong: int = 0

    def add(self, other: Counts) -> None:
        self.found += other.found
        self.missed += other.missed
        self.right += other.right
        self.wrong += other.wrong

    def figures(self) -> dict[str, Any]:
        recall = _share(self.found, self.missed)
        precision = _share(self.right, self.wrong)
        both = recall + precision
        f1 = round(2 * recall * precision / both, 4) if both else 0.0
        return {
            "spans": self.found + self.missed,
            "recall": recall,
            "precision": precision,
            "f1": f1,
            "missed": self.missed,
            "wrong": self.wrong,
        }


def _share(good: int, bad: int) -> float:
    return round(good / (good + bad), 4) if good + bad else 1.0


@dataclass
class Measured:
    """One system on one file."""

    by_case: list[dict[str, Counts]] = field(default_factory=list)
    errors: list[dict[str, str]] = field(default_factory=list)
    seconds: float = 0.0
    size: int = 0

    def total(self, kinds: Iterable[str]) -> Counts:
        wanted, total = set(kinds), Counts()
        for case in self.by_case:
            for kind, counts in case.items():
                if kind in wanted:
                    total.add(counts)
        return total

    @property
    def kinds(self) -> list[str]:
        return sorted({kind for case in self.by_case for kind in case})

    @property
    def milliseconds_per_kilobyte(self) -> float:
        return round(self.seconds * 1000 / max(1, self.size / 1024), 3)

    def figures(self, seed: int) -> dict[str, Any]:
        return {
            "kinds": {kind: self.total([kind]).figures() for kind in self.kinds},
            "structured": self.total(STRUCTURED_GROUPS).figures() | self._interval(STRUCTURED_GROUPS, seed),
            "names": self.total(["person"]).figures() | self._interval({"person"}, seed),
            "ms_per_kb": self.milliseconds_per_kilobyte,
        }

    def _interval(self, kinds: set[str], seed: int) -> dict[str, Any]:
        """The middle 95 % over cases drawn again with replacement."""
        dice = random.Random(seed)  # noqa: S311  statistics
        cases = [_sum(case, kinds) for case in self.by_case]
        drawn = []
        for _ in range(RESAMPLES):
            total = Counts()
            for one in dice.choices(cases, k=len(cases)):
                total.add(one)
            drawn.append(total.figures())
        return {f"{name}_95": _middle([one[name] for one in drawn]) for name in ("recall", "precision", "f1")}


def _sum(case: dict[str, Counts], kinds: set[str]) -> Counts:
    total = Counts()
    for kind in kinds & case.keys():
        total.add(case[kind])
    return total


def _middle(values: list[float]) -> list[float]:
    ordered = sorted(values)
    return [ordered[int(len(ordered) * 0.025)], ordered[int(len(ordered) * 0.975) - 1]]


def measure(cases: Sequence[dict[str, Any]], system: Detect) -> Measured:
    made = Measured()
    for case in cases[:10]:
        system(case["text"], _language(case["text"]))  # the first reads prepare the expressions
    for case in cases:
        text = case["text"]
        began = time.process_time()
        finds = list(system(text, _language(text)))
        made.seconds += time.process_time() - began
        made.size += len(text.encode())
        spans = [(GROUPS.get(s["type"], s["type"]), s["start"], s["end"]) for s in case["spans"]]
        made.by_case.append(_compare(text, [s for s in spans if s[0] in KNOWN], finds, made.errors))
    return made


def _language(text: str) -> Language:
    return "zh" if any("一" <= sign <= "鿿" for sign in text) else "en"


def _compare(
    text: str, spans: Sequence[Span], finds: Sequence[Span], errors: list[dict[str, str]]
) -> dict[str, Counts]:
    counts = {kind: Counts() for kind, _start, _end in (*spans, *finds)}
    for kind, start, end in spans:
        if _covered(text, (kind, start, end), finds) >= FOUND:
            counts[kind].found += 1
        else:
            counts[kind].missed += 1
            errors.append({"error": "missed", "kind": kind, "value": text[start:end], "text": text})
    for kind, start, end in finds:
        if _covered(text, (kind, start, end), spans) >= RIGHT:
            counts[kind].right += 1
        else:
            counts[kind].wrong += 1
            errors.append({"error": "wrong", "kind": kind, "value": text[start:end], "text": text})
    return counts


def _covered(text: str, span: Span, others: Sequence[Span]) -> float:
    """The share of a span's letters and digits that lie in others of its kind."""
    kind, start, end = span
    places = [place for place in range(start, end) if text[place].isalnum()]
    inside = [any(k == kind and s <= place < e for k, s, e in others) for place in places]
    return sum(inside) / len(places) if places else 1.0


def built_in(text: str, language: Language) -> list[Span]:
    return [(GROUPS.get(one.kind, one.kind), one.start, one.end) for one in detect(text, language=language)]


def with_presidio(text: str, language: Language) -> list[Span]:
    from sunmao.guards.personal.presidio import analyse

    return [(GROUPS.get(one.kind, one.kind), one.start, one.end) for one in analyse(text, language=language)]


class Pii:
    help = "personal data: recall and precision by kind, time per kilobyte"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cases", nargs="+", required=True, metavar="FILE", help="JSONL of cases")
        parser.add_argument("--errors", action="store_true", help="also every miss and every false find")

    def run(self, options: dict[str, Any]) -> Report:
        from sunmao.guards.evaluation.presidio_as_it_comes import floor

        systems: dict[str, Detect] = {"floor": floor, "built-in": built_in, "default": with_presidio}
        data: dict[str, Any] = {"files": {}, "bars": BARS, "seed": options["seed"]}
        tables: list[Table] = []
        for name in options["cases"]:
            cases = read(Path(name))
            measured = {label: measure(cases, system) for label, system in systems.items()}
            label = f"{Path(name).parent.name}/{Path(name).name}"
            data["files"][label] = {
                "n": len(cases),
                "not_looked_for": _others(cases),
                "systems": {one: made.figures(options["seed"]) for one, made in measured.items()},
            }
            tables += _tables(label, data["files"][label])
            if options["errors"]:
                data["files"][label]["errors"] = measured["default"].errors
                tables.append(_errors(label, measured["default"].errors))
        return Report(data=data, tables=tables, notes=_NOTES)


_NOTES = (
    "default: Presidio with our recognisers, as workers use it. built-in: ours alone, as the web process "
    "and the logs use them. floor: Presidio's own recognisers as they come, without a language model.",
    f"Bars: structured recall ≥ {BARS['structured recall']}, precision ≥ {BARS['structured precision']}, "
    f"names in Chinese F1 ≥ {BARS['names zh F1']}, ≤ {BARS['ms per kB']} ms per kB of processor time.",
)


def read(file: Path) -> list[dict[str, Any]]:
    """Raises `CommandError` for what is no file of cases, with the line that is none."""
    try:
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from error
    cases = []
    for number, line in enumerate(lines, start=1):
        try:
            case = json.loads(line)
            case["text"], case["spans"]  # noqa: B018
        except (KeyError, TypeError, ValueError) as error:
            raise CommandError(f"{file}, line {number}: no case with `text` and `spans`") from error
        cases.append(case)
    return cases


def _others(cases: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Types of the file that no recogniser is meant for."""
    types = Counter(GROUPS.get(span["type"], span["type"]) for case in cases for span in case["spans"])
    return {kind: count for kind, count in sorted(types.items()) if kind not in KNOWN}


def _tables(label: str, figures: dict[str, Any]) -> list[Table]:
    kinds = figures["systems"]["default"]["kinds"]
    rows = [[kind, *_row(one)] for kind, one in kinds.items()]
    summary = [
        [system, *_row(one["structured"]), *_row(one["names"])[1:4], one["ms_per_kb"]]
        for system, one in figures["systems"].items()
    ]
    header = ("spans", "recall", "precision", "F1", "missed", "wrong")
    return [
        Table(title=f"{label}: {figures['n']} cases, by kind", header=("kind", *header), rows=rows),
        Table(
            title=f"{label}: structured kinds together, and names",
            header=("system", *header, "names recall", "names precision", "names F1", "ms per kB"),
            rows=summary,
        ),
    ]


def _row(one: dict[str, Any]) -> list[object]:
    return [one[name] for name in ("spans", "recall", "precision", "f1", "missed", "wrong")]


def _errors(label: str, errors: Sequence[dict[str, str]]) -> Table:
    rows = [[one["error"], one["kind"], one["value"], one["text"][:160]] for one in errors]
    return Table(title=f"{label}: errors", header=("error", "kind", "value", "text"), rows=rows)
