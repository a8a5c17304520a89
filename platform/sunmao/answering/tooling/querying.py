"""Questions to tables, through views that somebody declared. There is no SQL in it, and no other table.

A view names a function that gives the rows an actor may see, and the columns that may be asked about. Apps
name their views on their AppConfig as `query_views`, by dotted path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Literal

from django.apps import apps
from django.core.exceptions import FieldError, ImproperlyConfigured, ValidationError
from django.db.models import Avg, Count, Max, Min, Q, QuerySet, Sum
from django.utils.dateparse import parse_date

from sunmao.core.actor import Actor
from sunmao.core.errors import Message
from sunmao.core.vertical import resolve
from sunmao.inference.tools.problems import Invalid, Problem

Kind = Literal["text", "number", "day"]
Operator = Literal["is", "is_not", "contains", "in", "less", "at_most", "more", "at_least", "is_empty"]
Function = Literal["count", "sum", "average", "least", "most"]
MOST_ROWS, MOST_DIGITS = 100, 30

_LOOKUPS: Mapping[str, str] = {
    "is": "", "is_not": "", "contains": "__icontains", "in": "__in", "less": "__lt", "at_most": "__lte",
    "more": "__gt", "at_least": "__gte", "is_empty": "__isnull",
}  # fmt: skip
_FUNCTIONS: Mapping[str, Any] = {"sum": Sum, "average": Avg, "least": Min, "most": Max}


@dataclass(frozen=True)
class Column:
    """`path` is the ORM's; `kind` says how it is compared. Nothing that is sealed can be a column."""

    path: str
    kind: Kind = "text"


@dataclass(frozen=True, kw_only=True)
class View:
    """`rows` gives what the actor may see, or raises `Forbidden`; `searched` are the columns of a search."""

    name: str
    title: Message
    rows: Callable[[Actor], QuerySet[Any]]
    columns: Mapping[str, Column]
    searched: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Query:
    view: str
    where: Sequence[tuple[str, Operator, Any]] = ()
    search: str = ""
    columns: Sequence[str] = ()
    group_by: Sequence[str] = ()
    measure: Function = "count"
    of: str = ""
    order_by: str = ""
    descending: bool = True
    limit: int = 20


@cache
def views() -> Mapping[str, View]:
    found: dict[str, View] = {}
    for config in apps.get_app_configs():
        for dotted in getattr(config, "query_views", ()):
            one: Any = resolve(dotted)
            if not isinstance(one, View) or one.name in found:
                raise ImproperlyConfigured(f"{dotted} is no view, or another one has its name.")
            found[one.name] = one
    return found


def described() -> str:
    """The views and their columns, for whoever asks."""
    return "; ".join(f"{name} ({view.title}): {', '.join(view.columns)}" for name, view in views().items())


def answered(query: Query, *, actor: Actor) -> dict[str, Any]:
    """Inside the actor's scope, with the actor's rights. Raises `Invalid` for what no view has."""
    view = views().get(query.view)
    if view is None:
        raise _wrong("view", query.view, views())
    rows = view.rows(actor).order_by()
    for name, operator, value in query.where:
        condition = Q(**{_column(view, name).path + _LOOKUPS[operator]: _value(view, name, operator, value)})
        try:
            rows = rows.exclude(condition) if operator == "is_not" else rows.filter(condition)
        except (FieldError, ValidationError) as error:  # an id is compared with what is none
            raise _wrong(name, value, ()) from error
    if query.search:
        among = Q()
        for name in view.searched:
            among |= Q(**{f"{view.columns[name].path}__icontains": query.search})
        rows = rows.filter(among)
    limit = min(query.limit, MOST_ROWS)
    found = list((_grouped if query.group_by or query.of else _listed)(view, rows, query)[: limit + 1])
    return {"view": view.name, "rows": found[:limit], "more": len(found) > limit}


def _listed(view: View, rows: QuerySet[Any], query: Query) -> Any:
    named = {name: view.columns[name] for name in (query.columns or view.columns) if _column(view, name)}
    order = _column(view, query.order_by).path if query.order_by else "pk"
    shown = rows.order_by(f"-{order}" if query.descending else order)
    return _Renamed(shown.values_list(*(one.path for one in named.values())), list(named))


def _grouped(view: View, rows: QuerySet[Any], query: Query) -> Any:
    paths = {name: _column(view, name).path for name in query.group_by}
    if query.measure == "count":
        measure: Any = Count("pk", distinct=True)
    else:
        column = _column(view, query.of)
        if column.kind == "text" or (column.kind == "day" and query.measure in ("sum", "average")):
            raise _wrong("of", query.of, [n for n, one in view.columns.items() if one.kind == "number"])
        measure = _FUNCTIONS[query.measure](column.path)
    if not paths:
        return [{query.measure: rows.aggregate(found=measure)["found"]}]
    counted = rows.values(*paths.values()).annotate(found=measure)
    order = _column(view, query.order_by).path if query.order_by in paths else "found"
    counted = counted.order_by(f"-{order}" if query.descending else order, *paths.values())
    return _Renamed(counted.values_list(*paths.values(), "found"), [*paths, query.measure])


class _Renamed:
    """Rows under the names of the view, not those of the tables."""

    def __init__(self, rows: Any, names: Sequence[str]) -> None:
        self._rows, self._names = rows, names

    def __getitem__(self, part: slice) -> list[dict[str, Any]]:
        return [dict(zip(self._names, map(_shown, row), strict=True)) for row in self._rows[part]]


def _shown(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _column(view: View, name: str) -> Column:
    if name not in view.columns:
        raise _wrong("column", name, view.columns)
    return view.columns[name]


def _value(view: View, name: str, operator: Operator, value: Any) -> Any:
    kind = _column(view, name).kind
    if operator == "is_empty":
        return value not in (False, "false")
    if operator == "in":
        return [_typed(name, kind, one) for one in (value if isinstance(value, list) else [value])][
            :MOST_ROWS
        ]
    return _typed(name, "text" if operator == "contains" else kind, value)


def _typed(name: str, kind: Kind, value: Any) -> Any:
    if isinstance(value, dict | list | None):
        raise _wrong(name, value, ())
    try:
        if kind == "number":
            return _number(str(value))
        if kind == "day" and parse_date(str(value)) is None:
            raise ValueError(value)
    except (InvalidOperation, ValueError) as error:
        raise _wrong(name, value, ()) from error
    return str(value)


def _number(text: str) -> Decimal:
    """One that a column can hold: with `1e999999999` whoever writes it out is busy for good."""
    number = Decimal(text[:MOST_DIGITS])
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS or len(text) > MOST_DIGITS:
        raise ValueError(text)
    return number


def _wrong(path: str, value: object, allowed: Any) -> Invalid:
    return Invalid(
        [
            Problem(
                path=path, rule="enum", message=f"{str(value)[:80]!r} is not known here", allowed=[*allowed]
            )
        ]
    )


__all__ = ["MOST_ROWS", "Column", "Function", "Operator", "Query", "View", "answered", "described", "views"]
