"""`evaluate tools`: expected calls pass, calls that fit nothing do not; and how an engine calls."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandParser

from apps.config.evaluation.tools import judging
from apps.config.evaluation.tools.material import Case, cases
from sunmao.core.errors import InvalidInput, SunmaoError
from sunmao.core.evaluating import Report, Table
from sunmao.inference.engine import Engine, GenerationRequest, ToolCall, events_of
from sunmao.inference.registry import ENGINES, engine
from sunmao.inference.tools.problems import ToolFault

MOST_SHOWN = 50


class ToolsEvaluation:
    help = "function calling: what the schemas let through, and what an engine calls"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cases", nargs="+", required=True, metavar="FILE")
        parser.add_argument("--engine", choices=["default", *sorted(ENGINES)], help="score this engine, too")
        parser.add_argument(
            "--limit", type=int, default=0, help="cases of each file that the engine is asked"
        )

    def run(self, options: dict[str, Any]) -> Report:
        began, found = time.perf_counter(), cases(options["cases"])
        if not found:
            raise InvalidInput(fields={"cases": "no case of one turn is in these files"})
        data: dict[str, Any] = {
            "cases": len(found),
            "gold": _gold(found),
            "irrelevant": _irrelevant(found, random.Random(options["seed"])),  # noqa: S311  not a secret
        }
        if options["engine"]:
            data["engine"] = _engine(engine(options["engine"]), found, options["limit"], options["seed"])
        data |= {"seed": options["seed"], "seconds": round(time.perf_counter() - began, 1)}
        return Report(data=data, tables=_tables(data), notes=_notes(data))


def _by_kind(found: Sequence[Case]) -> dict[str, list[Case]]:
    kinds: dict[str, list[Case]] = defaultdict(list)
    for case in found:
        kinds[case.kind].append(case)
    return kinds


def _gold(found: Sequence[Case]) -> dict[str, Any]:
    """`forms` counts every allowed value of every argument once; `valid` those that the schema accepts."""
    kinds, refused = {}, []
    for kind, some in _by_kind([case for case in found if case.gold]).items():
        judged = [judging.gold_faults(case) for case in some]
        wrong = [fault for _, faults in judged for fault in faults]
        forms, calls = sum(count for count, _ in judged), sum(len(case.gold or ()) for case in some)
        kinds[kind] = {
            "cases": len(some),
            "calls": calls,
            "forms": forms,
            "valid": forms - len(wrong),
            "cases_valid": sum(not faults for _, faults in judged),
        }
        refused += wrong
    totals = {name: sum(one[name] for one in kinds.values()) for name in ("cases", "calls", "forms", "valid")}
    return {**totals, "kinds": kinds, "refused": refused[:MOST_SHOWN]}


def _irrelevant(found: Sequence[Case], draw: random.Random) -> dict[str, Any]:
    """Calls that no offered tool is for. `unrefusable` are empty calls of tools that require nothing."""
    others = [case for case in found if case.gold]
    irrelevant = [case for case in found if case.gold is None and case.kind == "irrelevance"]
    if len(others) < judging.FOREIGN or not irrelevant:
        return {"cases": len(irrelevant), "calls": 0, "refused": 0, "unrefusable": 0, "let_through": []}
    calls = refused = unrefusable = 0
    through: list[dict[str, Any]] = []
    for case in irrelevant:
        open_ = {tool.name for tool in case.tools if judging.fits_anything(tool)}
        for name, arguments in judging.irrelevant_calls(case, others, draw):
            calls += 1
            try:
                judging.admitted(case.tools, name, arguments)
            except ToolFault:
                refused += 1
            else:
                empty = name in open_ and not arguments
                unrefusable += empty
                through += [] if empty else [{"case": case.id, "tool": name, "arguments": arguments}]
    told = {"cases": len(irrelevant), "calls": calls, "refused": refused, "unrefusable": unrefusable}
    return {**told, "let_through": through[:MOST_SHOWN]}


def _engine(asked: Engine, found: Sequence[Case], limit: int, seed: int) -> dict[str, Any]:
    """Right when every expected call is made once and no other; an irrelevant case when none is made."""
    if not asked.capabilities.tools:
        raise InvalidInput(fields={"engine": f"{asked.name} cannot call tools"})
    kinds: dict[str, Any] = {}
    for kind, some in _by_kind(found).items():
        scored = [_scored(asked, case, seed) for case in (some[:limit] if limit else some)]
        kinds[kind] = {
            "cases": len(scored),
            "right": scored.count("right"),
            "failed": scored.count("failed"),
            "share": round(scored.count("right") / len(scored), 4) if scored else None,
        }
    return {"name": asked.name, "model": asked.model, "kinds": kinds}


def _scored(asked: Engine, case: Case, seed: int) -> str:
    request = GenerationRequest(
        prompt=case.question,
        question=case.question,
        language="en",
        passages=(),
        tools=case.tools,
        temperature=0.0,
        seed=seed,
    )
    try:
        calls = [event for event in events_of(asked, request) if isinstance(event, ToolCall)]
    except SunmaoError:
        return "failed"
    if case.gold is None:
        return "right" if bool(calls) == (case.kind == "live_relevance") else "wrong"
    return "right" if judging.agrees(case, calls) else "wrong"


def _tables(data: dict[str, Any]) -> list[Table]:
    gold = [
        (kind, one["cases"], one["calls"], one["forms"], one["valid"], one["cases_valid"])
        for kind, one in data["gold"]["kinds"].items()
    ]
    tables = [
        Table(
            title="Expected calls, in every allowed form, against the schemas",
            header=("file", "cases", "calls", "forms", "valid", "cases all valid"),
            rows=gold,
        )
    ]
    if "engine" in data:
        rows = [(kind, *one.values()) for kind, one in data["engine"]["kinds"].items()]
        title = f"Calls of {data['engine']['name']} ({data['engine']['model']})"
        tables.append(Table(title=title, header=("file", "cases", "right", "failed", "share"), rows=rows))
    return tables


def _notes(data: dict[str, Any]) -> list[str]:
    one = data["irrelevant"]
    return [
        f"Irrelevant: {one['refused']} of {one['calls']} calls were refused in {one['cases']} cases; "
        f"{one['unrefusable']} empty calls of tools that require nothing cannot be, and "
        f"{len(one['let_through'])} others were let through."
    ]
