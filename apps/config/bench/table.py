"""The report for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table

from apps.config.bench.report import Case, Ratio, Report

_STYLES = {"pass": "green", "fail": "bold red", "unsteady": "yellow", "reported": "dim"}


def print_report(report: Report, out: TextIO, changes: Mapping[str, Mapping[str, float]]) -> None:
    console = Console(file=out, width=None if out.isatty() else 150)
    console.print(_cases(report.cases))
    console.print()
    console.print(_ratios(report.ratios, changes))
    for skipped in report.skipped:
        console.print(f"left out: {skipped.id} ({skipped.reason})", style="dim")
    console.print(_machine(report), style="dim")


def _cases(cases: Iterable[Case]) -> Table:
    header = ("case", "n", "recall", "rows", "p50 ms", "p95 ms", "p99 ms", "per s", "CPU µs")
    return _table(
        header,
        (
            (
                case.id,
                f"{case.n:,}",
                f"{case.recall:.3f}",
                f"{case.nret:g}",
                f"{case.p50:.3f}",
                f"{case.p95:.3f}",
                f"{case.p99:.3f}",
                f"{case.qps:,.0f}",
                f"{case.cpu_us:,.0f}",
            )
            for case in cases
        ),
    )


def _ratios(ratios: Iterable[Ratio], changes: Mapping[str, Mapping[str, float]]) -> Table:
    header = ["ratio", "of", "to", "median", "low", "high", "goal", "verdict"]
    rows = [_ratio(ratio) for ratio in ratios]
    if changes:
        header.append("then")
        rows = [[*row, _then(changes.get(row[0]))] for row in rows]
    return _table(header, rows)


def _ratio(ratio: Ratio) -> list[str]:
    style = _STYLES[ratio.verdict]
    figures = (f"{value:.4g}" for value in (ratio.median, ratio.lo, ratio.hi))
    return [ratio.id, ratio.num, ratio.den, *figures, ratio.goal or "", f"[{style}]{ratio.verdict}[/{style}]"]


def _then(change: Mapping[str, float] | None) -> str:
    return f"{change['then']:.4g}" if change else ""


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for place, name in enumerate(header):
        table.add_column(name, justify="left" if place == 0 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def _machine(report: Report) -> str:
    env = report.env
    return (
        f"{env['seconds']:g} s, {env['cpu_seconds']:g} s of CPU here, {env['cores']} cores, "
        f"load {env['load_before'][0]:g} before and {env['load_after'][0]:g} after"
    )
