"""`documents` as the service uses it. The only file of the service that knows both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from verticals.contract_review.documents.contract_text import ContractText
from verticals.contract_review.documents.reading import pasted, read_contract


@dataclass(frozen=True)
class Paper:
    """A contract as it was read; `remarks` are codes with what they are about."""

    text: str
    kind: str
    remarks: list[dict[str, str]]
    pages: int | None
    needs_ocr: bool


def read(data: bytes, *, name: str, still_wanted: Callable[[], bool]) -> Paper:
    return _paper(read_contract(data, name=name, still_wanted=still_wanted))


def of_text(text: str) -> Paper:
    return _paper(pasted(text))


def _paper(found: ContractText) -> Paper:
    return Paper(
        text=found.text,
        kind=found.kind,
        remarks=[_remark(one) for one in found.remarks],
        pages=found.page_count or None,
        needs_ocr=found.needs_ocr,
    )


def _remark(one: Any) -> dict[str, str]:
    return {"code": str(one.code), "about": str(one.about), "detail": str(one.detail)}
