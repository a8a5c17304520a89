"""Running the dense statement of `retrieval`: exactly, or through the index of a large space.

The index orders by `(dense::halfvec(n)) <#> …` only, so a statement without the cast scans exactly and one
with it walks the index: which of the two runs is decided here and never by the planner's guess.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from sunmao.knowledge.embedding.questions import Near

Scored = dict[uuid.UUID, tuple[float, float | None]]
Run = Callable[[str, Mapping[str, Any]], Scored]
SPARE = 2
"""How many times the wanted number is taken before access is looked at."""
_EXACT = "e.dense <#>"
# Read before the first row: how far the index looks, and that it goes on looking while too few come back.
_SET = """(SELECT set_config('hnsw.ef_search', %(effort)s::text, true)
                  || set_config('hnsw.iterative_scan', 'relaxed_order', true)
                  || set_config('hnsw.max_scan_tuples', '40000', true)) IS NOT NULL"""


def parameters(near: Near | None) -> dict[str, Any]:
    """Without vectors no row of a space is found, and a distance to nothing is unknown."""
    return {"space": near.space if near else None, "dense": near.literal if near else None}


def indexed(statement: str, dimensions: int) -> str:
    return statement.replace(_EXACT, f"(e.dense::halfvec({int(dimensions)})) <#>").replace(
        "WHERE e.space_id = %(space)s", f"WHERE e.space_id = %(space)s AND {_SET}"
    )


def nearest(near: Near, statement: str, values: Mapping[str, Any], run: Run) -> Scored:
    """The nearest that may be read, as many as are wanted when there are as many.

    Passages of past versions lie among the others: when they leave too few, all vectors are compared.
    """
    wanted = values["limit"]
    width = SPARE * wanted
    first = indexed(statement, near.dimensions) if near.indexed else statement
    found = run(first, {**values, "width": width, "effort": max(near.effort, width)})
    if len(found) < wanted and near.vectors > width:
        found = run(statement, {**values, "width": None})
    return found
