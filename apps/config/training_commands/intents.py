"""`train intents`: a head for intents from labelled texts, measured beside the n-gram floor."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from sunmao.accounts.command import actor_from
from sunmao.core.evaluating import Report, Table
from sunmao.modelhub.heads.examples import read
from sunmao.training.heads.wishes import METHODS, Wish
from sunmao.training.runs.commanding import Subcommand


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("--seed", type=int, default=1, help="of everything that is drawn by chance")
    parser.add_argument("--train", required=True, type=Path, metavar="FILE", help="text and label")
    parser.add_argument("--test", required=True, type=Path, metavar="FILE", help="never learnt")
    parser.add_argument("--encoder", default="", metavar="SPEC", help="minilm, st:PATH, none")
    parser.add_argument("--method", default="auto", choices=METHODS)
    parser.add_argument("--keep", metavar="NAME", help="keep the head as the next version of this name")


def _measure(options: dict[str, Any]) -> Report:
    from sunmao.training.heads import intents, keeping

    examples, test = read(options["train"].read_bytes()), read(options["test"].read_bytes())
    wish = Wish(method=options["method"], encoder=options["encoder"], seed=options["seed"])
    made = intents.learn(examples, test=test, wish=wish)
    data = {**made.figures, "curve": made.curve}
    if options["keep"]:
        version = keeping.keep(actor=actor_from(options), name=options["keep"], outcome=made)
        data |= {"head": options["keep"], "version": version.number}
    return Report(data=data, tables=_tables(data))


def _tables(data: Mapping[str, Any]) -> list[Table]:
    names = ("accuracy", "macro_f1", "interval")
    rows = [(data["method"], *(data[name] for name in names))]
    rows += [("floor", *(data["floor"][name] for name in names))]
    pairs = [(one["label"], one["taken_for"], one["times"]) for one in data["worst_pairs"][:10]]
    tables = [
        Table(title=f"{data['n']} texts, {data['labels']} labels", header=("method", *names), rows=rows),
        Table(title="taken for one another", header=("label", "taken for", "times"), rows=pairs),
    ]
    if outside := data.get("out_of_scope"):
        figures = {"in_scope_accuracy": data["in_scope_accuracy"], **outside}
        tables.append(Table(title="out of scope", header=tuple(figures), rows=[tuple(figures.values())]))
    return tables


SUBCOMMAND = Subcommand(
    name="intents",
    help="which of several labels a text has, and whether it has any",
    arguments=_arguments,
    measure=_measure,
)
