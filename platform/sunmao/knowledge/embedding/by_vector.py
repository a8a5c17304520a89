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
FLAT, TENTH = 1.08, 10
EXACT_WHEN_FLAT = 200_000
MOST_EFFORT = 1_000
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
    if near.indexed:
        found = _by_index(near, statement, {**values, "width": width}, run)
    else:
        found = run(statement, {**values, "width": width})
    if len(found) < wanted and near.vectors > width:
        found = run(statement, {**values, "width": None})
    return found


def _by_index(near: Near, statement: str, values: Mapping[str, Any], run: Run) -> Scored:
    """A question about nothing in the base has no nearest to walk to: all are about as far, and an index
    finds some of them. It is then looked for harder, exactly where that takes milliseconds."""
    by_index = indexed(statement, near.dimensions)
    found = run(by_index, {**values, "effort": max(near.effort, values["width"])})
    if not is_flat(found):
        return found
    if near.vectors <= EXACT_WHEN_FLAT:
        return run(statement, values)
    return run(by_index, {**values, "effort": MOST_EFFORT})


def is_flat(found: Scored) -> bool:
    """Whether the last of the nearest is hardly farther than the tenth. On synthetic topics it was 1.15 times
    as far at least on topic, and 1.04 times at most off topic."""
    far = sorted(1 - dense for _, dense in found.values() if dense is not None)
    return len(far) > TENTH and 0 < far[-1] < FLAT * far[TENTH - 1]
