"""What the pages of trainings show: figures over time, before and after, reasons, exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from apps.console import training_words as words
from apps.console.tables import Table
from sunmao.core.actor import Actor
from sunmao.core.figures import number
from sunmao.training.runs import presenting, selectors
from sunmao.training.runs.models import Figure, Form, State, Sweep, Training
from sunmao.training.runs.selectors import CANCEL, START

PLOTTED = ("loss", "perplexity", "preference_accuracy", "reward", "margin", "token_accuracy")
WIDE, HIGH = 560, 180


def memory(told: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "base": _("Base model"),
        "learning": _("What learns, with gradients and Adam's memory"),
        "activations": _("Activations"),
        "logits": _("Scores of words"),
        "total": _("Together"),
        "memory": _("There is"),
    }
    return {
        "rows": [(title, filesizeformat(told[name])) for name, title in names.items()],
        "fits": told["fits"],
    }


def page(actor: Actor, found: Training) -> dict[str, Any]:
    shown = presenting.training(found)
    rows = selectors.series_of(found)
    last = rows[-1] if rows else None
    return {
        "training": found,
        "shown": shown,
        "state": State(found.shown_state).label,
        "is_live": found.shown_state in (State.WAITING, State.RUNNING),
        "last": last,
        "used": filesizeformat(last.memory) if last else "",
        "plots": plots(rows),
        "table": _table(shown["table"]),
        "lost": found.told.get("ability"),
        "forgetting": None if shown["forgetting"] is None else f"{100 * shown['forgetting']:+.1f} %",
        "reasons": reasons(shown["reasons"]),
        "details": words.details(shown["error"]["fields"]) if shown["error"] else [],
        "speed": number(last.tokens_per_second) if last else "",
        "memory": memory(found.estimate) if found.estimate else None,
        "exports": [_export(one) for one in found.exports.all()],
        "forms": Form.choices,
        "may_cancel": actor.can(CANCEL) and found.shown_state in (State.WAITING, State.RUNNING),
        "may_resume": actor.can(START) and found.shown_state in (State.STOPPED, State.FAILED),
        "may_export": actor.can(START) and found.state == State.DONE and found.adapter_version is not None,
        "may_rate": actor.can(START) and found.state == State.DONE,
    }


def _table(told: Sequence[Mapping[str, Any]]) -> Table:
    rows = []
    for one in sorted(told, key=lambda row: words.place(row["measure"])):
        name, change = one["measure"], one["change"]
        changed = "–" if change is None else f"{100 * change:+,.1f} %"
        rows.append(
            (
                words.measure(name),
                words.figure(name, one["before"]),
                words.figure(name, one["after"]),
                changed,
            )
        )
    return Table(
        title=_("Before and after"), head=(_("Measure"), _("Before"), _("After"), _("Difference")), rows=rows
    )


def _export(found: Any) -> dict[str, Any]:
    forms = [
        {
            "form": Form(name).label,
            "figures": [
                (words.measure(measure), words.figure(measure, value)) for measure, value in figures.items()
            ],
        }
        for name, figures in found.figures.items()
    ]
    return {
        "form": Form(found.form).label,
        "state": State(found.state).label,
        "place": found.place,
        "error": presenting.why(found),
        "forms": forms,
    }


def plots(rows: Sequence[Figure]) -> list[dict[str, Any]]:
    """One drawing for each figure that has at least two points, of what is learnt and of what is not."""
    made = []
    for name in PLOTTED:
        lines = {
            part: [(one.step, one.figures[name]) for one in rows if one.part == part and name in one.figures]
            for part in ("train", "validation")
        }
        points = [point for line in lines.values() for point in line]
        if len(points) < 2:
            continue
        lowest, highest = min(value for _at, value in points), max(value for _at, value in points)
        furthest = max(step for step, _value in points)
        made.append(
            {
                "title": words.measure(name),
                "width": WIDE,
                "height": HIGH,
                "highest": words.figure(name, highest),
                "lowest": words.figure(name, lowest),
                "furthest": number(furthest),
                "last": {part: words.figure(name, line[-1][1]) for part, line in lines.items() if line},
                **{
                    part: " ".join(_point(one, lowest, highest, furthest) for one in line)
                    for part, line in lines.items()
                },
            }
        )
    return made


def _point(one: tuple[int, float], lowest: float, highest: float, furthest: int) -> str:
    share = (one[1] - lowest) / (highest - lowest) if highest > lowest else 0.5
    return f"{WIDE * one[0] / max(1, furthest):.1f},{HIGH * (1 - share):.1f}"


def sweep(found: Sweep) -> dict[str, Any]:
    shown = presenting.sweep(found)
    return {
        "names": [words.SETTINGS.get(name, name) for name in found.space],
        "rows": [
            {
                "id": one["id"],
                "state": State(one["state"]).label,
                "values": [words.setting(name, one["settings"][name]) for name in found.space],
                "metric": words.measure(one["metric"]) if one["metric"] else "",
                "best": words.figure(one["metric"], one["best"]),
                "is_best": one["id"] == shown["best"],
            }
            for one in shown["trainings"]
        ],
    }


def reasons(told: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Settings by the names that people give them."""
    return [
        {
            **one,
            "setting": words.SETTINGS.get(one["setting"], one["setting"]),
            "value": words.setting(one["setting"], one["value"]),
        }
        for one in told
    ]


__all__ = ["memory", "page", "plots", "reasons", "sweep"]
