"""Running the lexical statement of `retrieval`: over a whole base, or over what its word lists name."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from sunmao.knowledge.postings.search import candidates, look_up

Scored = dict[uuid.UUID, tuple[float, float | None]]
Run = Callable[[str, Mapping[str, Any]], Scored]
WIDTHS = (2, 12)
NEWER = "ORDER BY far LIMIT %(limit)s) nearest"


def best(
    weights: Mapping[int, float], statement: str, named: str, values: Mapping[str, Any], run: Run
) -> Scored:
    """The passages that share most of the question's words and may be read.

    Passages that may not be read take places among the candidates; when too few are left above the score that
    the others stay below, more candidates are looked at, and at last every passage.
    """
    segments = look_up(base=values["base"], weights=weights)
    if not segments:
        return run(statement, values)
    upto, scored = max(one.upto for one in segments), {}
    if upto < values["version"]:
        newer = statement.replace(NEWER, f"AND v.born > %(upto)s {NEWER}")
        scored = run(newer, {**values, "upto": upto})
    limit = values["limit"]
    for width in WIDTHS:
        found = candidates(segments=segments, wanted=width * limit)
        listed = run(named, {**values, "named": found.passages}) if found.passages else {}
        sure = sum(lexical >= found.floor - 1e-3 for lexical, _ in listed.values())
        if sure >= limit or found.floor <= 0:
            return _top(scored | listed, limit)
    return run(statement, values)


def _top(scored: Scored, limit: int) -> Scored:
    order = sorted(scored, key=lambda passage: scored[passage][0], reverse=True)
    return {passage: scored[passage] for passage in order[:limit]}
