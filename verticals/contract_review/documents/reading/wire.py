"""The answer of the confined process, checked field by field: it may be in the file's hands."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, get_args

from sunmao.knowledge.sandbox.wire import Garbled
from verticals.contract_review.documents.contract_text import (
    Box,
    ContractText,
    FileKind,
    PageSpan,
    Piece,
    Remark,
    Story,
)
from verticals.contract_review.documents.reading.pasting import storable

_KINDS, _STORIES = frozenset(get_args(FileKind)), frozenset(get_args(Story))


def contract_from(said: Any) -> ContractText:
    """Raises `Garbled`, `KeyError` or `TypeError`."""
    contract = ContractText(
        text=_text(said["text"]),
        kind=_one_of(_KINDS, said["kind"]),
        title=_text(said["title"]),
        pieces=tuple(
            Piece(_whole(p["start"]), _whole(p["end"]), _one_of(_STORIES, p["story"]), _text(p["locked"]))
            for p in said["pieces"]
        ),
        pages=tuple(
            PageSpan(_whole(p["number"]), _whole(p["start"]), _whole(p["end"])) for p in said["pages"]
        ),
        page_sizes=tuple((_real(width), _real(height)) for width, height in said["page_sizes"]),
        boxes=tuple(_box(b) for b in said["boxes"]),
        remarks=tuple(
            Remark(*(_text(r[key]) for key in ("code", "about", "detail"))) for r in said["remarks"]
        ),
        needs_ocr=said["needs_ocr"] is True,
        hidden=tuple(_text(hidden) for hidden in said["hidden"]),
    )
    for spans in (contract.pieces, contract.pages, contract.boxes):
        _check_order(((span.start, span.end) for span in spans), len(contract.text))
    return contract


def _box(said: Any) -> Box:
    sides = (_real(said[side]) for side in ("left", "top", "right", "bottom"))
    return Box(_whole(said["page"]), _whole(said["start"]), _whole(said["end"]), *sides)


def _check_order(spans: Iterable[tuple[int, int]], length: int) -> None:
    held = list(spans)
    if any(not 0 <= start <= end <= length for start, end in held):
        raise Garbled
    if any(one[1] > two[0] for one, two in pairwise(held)):
        raise Garbled


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return storable(value)


def _one_of(known: frozenset[str], value: Any) -> Any:
    if value not in known:
        raise Garbled
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(value)
    return value


def _real(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise TypeError(value)
    return float(value)


__all__ = ["contract_from"]
