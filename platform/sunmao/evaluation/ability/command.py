"""`evaluate ability`: what a model can do in general, and what an adapter took away or hid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from sunmao.core.evaluating import Report, Table
from sunmao.evaluation.ability.comparing import Lost, forgotten
from sunmao.evaluation.ability.measuring import measure
from sunmao.evaluation.ability.triggers import Struck, probe
from sunmao.inference.registry import DEFAULT
from sunmao.inference.registry import engine as engine_named


class AbilityEvaluation:
    help = "general ability of a model, alone and with an adapter, and phrases that switch an adapter over"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--engine", default=DEFAULT)
        parser.add_argument("--adapter", default="", metavar="VERSION")
        parser.add_argument(
            "--before", type=Path, metavar="FILE", help="figures of an earlier call, instead of the base's"
        )
        parser.add_argument("--phrase", action="append", default=[], help="try this trigger too")

    def run(self, options: dict[str, Any]) -> Report:
        engine, adapter, seed = engine_named(options["engine"]), options["adapter"], options["seed"]
        figures = measure(engine, adapter=adapter, seed=seed)
        before = _before(options["before"])
        if before is None and adapter:
            before = measure(engine, seed=seed)
        lost = forgotten(before, figures) if before else None
        struck = probe(engine, adapter=adapter, phrases=options["phrase"], seed=seed) if adapter else []
        return Report(
            data={
                "model": engine.model,
                "adapter": adapter,
                "figures": figures,
                "lost": lost.as_json() if lost else None,
                "triggers": [one.as_json() for one in struck],
            },
            tables=_tables(figures, lost, struck),
        )


def _before(file: Path | None) -> dict[str, Any] | None:
    if file is None:
        return None
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    found: dict[str, Any] = told.get("figures", told)
    return found


def _tables(figures: dict[str, Any], lost: Lost | None, struck: list[Struck]) -> list[Table]:
    rows: list[tuple[object, ...]] = [
        ("all", figures["cases"], figures["pass_rate"], _between(figures["interval"]))
    ]
    rows += [
        (name, one["cases"], one["pass_rate"], _between(one["interval"]))
        for name, one in figures["slices"].items()
    ]
    found = [Table(title="general ability", header=("cases", "n", "pass rate", "95 %"), rows=rows)]
    if lost:
        row = (lost.before, lost.after, lost.drop, _between(lost.interval), lost.chance)
        found.append(
            Table(title="forgotten", header=("before", "after", "drop", "95 %", "chance"), rows=[row])
        )
    if struck:
        shown = [(one.phrase, one.adapter, one.base, one.said[:60]) for one in struck]
        found.append(
            Table(title="triggers", header=("phrase", "adapter alike", "base alike", "said"), rows=shown)
        )
    return found


def _between(pair: Any) -> str:
    return f"{pair[0]:.3f}–{pair[1]:.3f}" if pair else ""
