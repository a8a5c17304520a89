"""The tool that asks declared views."""

from __future__ import annotations

from typing import Annotated, Any

from django.utils.functional import lazystr
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, Field

from sunmao.answering.tooling.querying import MOST_ROWS, Function, Operator, Query, answered, described
from sunmao.inference.tools.declaring import Context, tool

Name = Annotated[str, Field(max_length=60)]
Value = str | int | float | bool | list[str | int | float]


class Condition(BaseModel):
    """One condition; all of them must hold."""

    model_config = ConfigDict(extra="forbid")
    column: Name
    operator: Operator = "is"
    value: Value = ""


class _About:
    def __str__(self) -> str:
        said = _("Lists, counts and adds up rows of these tables, as far as the user may see them: %(views)s")
        return said % {"views": described()}


@tool(
    title=gettext_lazy("Look something up in tables"),
    about=lazystr(_About()),
    permission="answering.task.run",
)
def query_data(
    context: Context,
    *,
    view: Name,
    where: Annotated[list[Condition], Field(max_length=10)] = [],  # noqa: B006  never changed: pydantic copies
    search: Annotated[str, Field(max_length=200)] = "",
    columns: Annotated[list[Name], Field(max_length=20)] = [],  # noqa: B006
    group_by: Annotated[list[Name], Field(max_length=3)] = [],  # noqa: B006
    measure: Function = "count",
    of: Name = "",
    order_by: Name = "",
    descending: bool = True,
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 20,
) -> Any:
    """Rows of a view, or figures over them.

    :param view: the table to ask
    :param where: conditions on columns
    :param search: words that one of the text columns must contain
    :param columns: the columns to list; all of them when it is left out
    :param group_by: count or add up for each value of these columns
    :param measure: what to reckon for each group; `count` needs no column
    :param of: the column to reckon with
    """
    asked = Query(
        view=view,
        where=[(one.column, one.operator, one.value) for one in where],
        search=search,
        columns=columns,
        group_by=group_by,
        measure=measure,
        of=of,
        order_by=order_by,
        descending=descending,
        limit=limit,
    )
    return answered(asked, actor=context.actor)
