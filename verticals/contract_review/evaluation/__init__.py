"""`manage.py evaluate contracts`: what the rules find of what is planted, and figures on public sets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from sunmao.core.evaluating import Report, Table
from verticals.contract_review.evaluation import authored, english

AUTHORED = Path(__file__).parents[1] / "tests" / "authored"


class ContractsEvaluation:
    help = "the rules of contract review on authored contracts and clauses, and on public English sets"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--data", type=Path, default=None, help="folder with contractnli, cuad_clauses and acord"
        )
        parser.add_argument(
            "--authored",
            type=Path,
            default=AUTHORED,
            help="folder with dev and held; or one set of contracts (a folder, a JSON or TOML file), "
            "which is then measured alone, with every miss",
        )

    def run(self, options: dict[str, Any]) -> Report:
        started = perf_counter()
        folder: Path = options["authored"]
        if not (folder / "dev").is_dir():
            return _one_set(folder)
        data: dict[str, Any] = {
            "authored": {half: authored.contracts(folder / half) for half in _there(folder, CONTRACTS)},
            "clauses": {
                part: authored.clauses(folder / "clauses" / part)
                for part in _there(folder / "clauses", CLAUSES)
            },
        }
        reference = Path(options["data"] or settings.SUNMAO_REFERENCE_DATA)
        notes = []
        for name, measure in english.SETS.items():
            if (reference / name).is_dir():
                data[name] = measure(reference / name, seed=options["seed"])
            else:
                notes.append(f"{name} was not measured: {reference / name} is absent.")
        data["seconds"] = round(perf_counter() - started, 1)
        return Report(data=data, tables=_tables(data), notes=notes)


CONTRACTS = ("dev", "strangers", "held")
CLAUSES = ("dev", "held", "strangers/dev", "strangers/held")


def _there(folder: Path, parts: Sequence[str]) -> list[str]:
    """Sets that were spent are not there any more."""
    return [part for part in parts if (folder / part).is_dir()]


def _one_set(place: Path) -> Report:
    """A set that somebody else wrote: figures, figures per rule, and what was missed or told without need."""
    told = authored.contracts(place)
    names = ("recall", "precision", "found", "missed", "false", "type_suggested")
    tables = [
        Table(
            title=f"{place.name}: what is planted and what is found",
            header=("n", *names),
            rows=[[told["n"], *(told[name] for name in names)]],
        ),
        Table(
            title="per rule",
            header=("rule", "recall", "precision", "found", "missed", "false"),
            rows=[[code, *_shares(row), *row.values()] for code, row in told["rules"].items()],
        ),
        *(
            Table(
                title=title,
                header=("contract", "rule", "text"),
                rows=[list(one.values()) for one in told[name]],
            )
            for title, name in (("missed", "misses"), ("found and not planted", "false_findings"))
        ),
    ]
    return Report(data=told, tables=tables)


def _shares(row: dict[str, int]) -> tuple[object, object]:
    planted, told = row["found"] + row["missed"], row["found"] + row["false"]
    return (
        round(row["found"] / planted, 3) if planted else "–",
        round(row["found"] / told, 3) if told else "–",
    )


def _tables(data: dict[str, Any]) -> list[Table]:
    tables = []
    for what in ("authored", "clauses"):
        rows = [
            [half, told["n"], told["recall"], told["precision"], told["found"], told["missed"], told["false"]]
            for half, told in data[what].items()
            if told["n"]
        ]
        tables.append(
            Table(
                title=f"{what}: what is planted and what is found",
                header=("half", "n", "recall", "precision", "found", "missed", "false"),
                rows=rows,
            )
        )
    tables.append(_per_rule(data))
    for name in english.SETS:
        if name in data:
            tables.append(
                Table(
                    title=name,
                    header=("system", *english.COLUMNS[name]),
                    rows=[
                        [system, *(told.get(column, "") for column in english.COLUMNS[name])]
                        for system, told in data[name]["systems"].items()
                    ],
                )
            )
    return tables


def _per_rule(data: dict[str, Any]) -> Table:
    columns = [(what, part) for what in ("authored", "clauses") for part in data[what]]
    codes = sorted({code for what, part in columns for code in data[what][part]["rules"]})
    rows = [
        [code, *(_counts(data[what][part]["rules"].get(code)) for what, part in columns)] for code in codes
    ]
    return Table(
        title="per rule: found/planted, and false ones",
        header=("rule", *(f"{what} {part}" for what, part in columns)),
        rows=rows,
    )


def _counts(told: dict[str, int] | None) -> str:
    if not told:
        return "–"
    return f"{told['found']}/{told['found'] + told['missed']}" + (
        f" +{told['false']}" if told["false"] else ""
    )
