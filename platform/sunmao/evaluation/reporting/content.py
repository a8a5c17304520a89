"""What a report of an evaluation says, whatever file it becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from sunmao.core.figures import number, percent
from sunmao.evaluation.checks import KINDS
from sunmao.evaluation.labelling import label_of_all
from sunmao.evaluation.models import Result, Run
from sunmao.evaluation.selectors import worst_first
from sunmao.guards.label import Label


@dataclass(frozen=True)
class Figure:
    name: str
    value: str
    between: str = ""
    before: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """`head` names the columns of `rows`, one row a case, what failed first. All of it is text."""

    title: str
    about: Sequence[tuple[str, str]]
    figures: Sequence[Figure]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    label: Label
    data: Mapping[str, Any]


def between(pair: Sequence[float] | None, shown: Any = percent) -> str:
    return f"{shown(pair[0])} – {shown(pair[1])}" if pair else ""


def figures_shown(found: Mapping[str, Any], before: Mapping[str, Any]) -> list[Figure]:
    """Every figure of a run with its interval, and that of the run before."""
    if not found:
        return []
    shown = [
        Figure(_("Cases"), str(found["cases"]), "", str(before.get("cases", ""))),
        Figure(
            _("Pass rate"),
            percent(found["pass_rate"]),
            between(found["interval"]),
            percent(before.get("pass_rate")) if before else "",
        ),
    ]
    if moved := found.get("difference"):
        shown.append(
            Figure(_("Against the run before"), f"{100 * moved['mean']:+.1f} %", between(moved["interval"]))
        )
    for name, one in found.get("slices", {}).items():
        known = before.get("slices", {}).get(name, {}).get("pass_rate")
        shown.append(
            Figure(
                f"{name} ({one['cases']})",
                percent(one["pass_rate"]),
                between(one["interval"]),
                percent(known) if known is not None else "",
            )
        )
    for kind, one in found.get("kinds", {}).items():
        title = str(KINDS[kind].title) if kind in KINDS else kind
        shown.append(
            Figure(f"{title} ({one['checks']})", percent(one["pass_rate"]), between(one.get("interval")))
        )
        if one.get("mean_score") is not None:
            shown.append(
                Figure(
                    _("{check}: mean score").format(check=title),
                    number(one["mean_score"]),
                    between(one.get("mean_interval"), number),
                    number(before.get("kinds", {}).get(kind, {}).get("mean_score")) if before else "",
                )
            )
    if told := found.get("labels"):
        shown.append(Figure(_("Accuracy"), percent(told["accuracy"]), between(told["accuracy_interval"])))
        shown.append(
            Figure(_("Macro F1"), number(told["macro_f1"]), between(told["macro_f1_interval"], number))
        )
    shown += [
        Figure(
            title,
            number(found.get(name)),
            between(found.get(interval), number),
            number(before.get(name)) if before else "",
        )
        for title, name, interval in (
            (_("Seconds, median"), "p50_seconds", "p50_interval"),
            (_("Seconds of 95 in 100"), "p95_seconds", "p95_interval"),
            (_("Tokens of an answer"), "mean_tokens", "mean_tokens_interval"),
        )
    ]
    return shown + _human(found.get("human", {}), before.get("human", {}))


def _human(found: Mapping[str, Any], before: Mapping[str, Any]) -> list[Figure]:
    shown = []
    if score := found.get("score"):
        known = before.get("score", {}).get("mean")
        shown.append(
            Figure(
                _("People's grade, 1 to 5"),
                number(score["mean"]),
                between(score["interval"], number),
                number(known) if known is not None else "",
            )
        )
    if pair := found.get("pairwise"):
        shown.append(Figure(_("Preferred by people"), percent(pair["mean"]), between(pair["interval"])))
    for one in (found.get("score"), found.get("pairwise")):
        if one and one.get("alpha") is not None:
            shown.append(Figure(_("Agreement of people (alpha)"), number(one["alpha"])))
    return shown


def report_of(run: Run) -> Report:
    """In the organisation's scope."""
    results = list(worst_first(run))
    found, before = run.figures, run.previous.figures if run.previous else {}
    return Report(
        title=f"{run.suite.title} · #{run.release.number}",
        about=(
            (_("Suite"), f"{run.suite.title} v{run.version}"),
            (_("Task"), run.suite.task_name),
            (_("Release"), f"#{run.release.number}"),
            (_("Finished"), run.finished_at.isoformat(timespec="minutes") if run.finished_at else "–"),
        ),
        figures=figures_shown(found, before),
        head=(
            _("Question"), _("Passed"), _("Failed checks"), _("Answer"), _("Sources"), _("Slices"),
            _("Seconds"), _("Tokens"), _("Model"), _("Change"),
        ),
        rows=[_row(one) for one in results],
        label=label_of_all(results, produce_id=str(run.pk)),
        data={
            "suite": run.suite.slug,
            "version": run.version,
            "task": run.suite.task_name,
            "release": run.release.number,
            "figures": found,
            "before": before or None,
        },
    )  # fmt: skip


def _row(one: Result) -> list[str]:
    failed = [f"{check['kind']}: {check['why']}".rstrip(": ") for check in one.checks if not check["passed"]]
    documents = dict.fromkeys(str(cited.get("document", "")) for cited in one.citations)
    return [
        one.case.asked,
        "" if one.passed is None else _("yes") if one.passed else _("no"),
        "; ".join([*failed, one.error] if one.error else failed),
        str(one.answer),
        "; ".join(documents),
        ", ".join(one.case.slices),
        f"{one.seconds:.2f}",
        str(one.tokens),
        one.model,
        one.change,
    ]


__all__ = ["Figure", "Report", "between", "figures_shown", "number", "percent", "report_of"]
