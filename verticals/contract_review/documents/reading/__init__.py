"""A file or a pasted text → `ContractText`."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EmptyInput, Message
from sunmao.knowledge.text.parsing import remarks
from sunmao.knowledge.text.parsing.parsed import Remark
from verticals.contract_review.documents.contract_text import ContractText
from verticals.contract_review.documents.reading.pasting import cleaned

_READER = "verticals.contract_review.documents.reading.confined:read"
_SAID = {
    "tracked_changes": _("The document holds {about} tracked changes; they were read as if accepted."),
    "comments": _(
        "Others left {about} comments in the document; they are no part of the contract and were not read."
    ),
    "unread_pictures": _("{about} pictures in the document were not read."),
}


def read_contract(
    data: bytes,
    *,
    name: str,
    recognise: bool = True,
    still_wanted: Callable[[], bool] = lambda: True,
) -> ContractText:
    """Read a contract in a confined process. For workers and short requests.

    With `recognise` pages of pictures are read by text recognition where it is installed, which takes seconds
    for each page; without it, or where it is not, they are only reported (`needs_ocr`), and a file of nothing
    else has an empty text.

    Raises `UnreadableFile` (codes of `parse`, and `unsupported_contract_type`), or `NotWanted` when
    `still_wanted` says no.
    """
    from sunmao.knowledge.sandbox.reading import can_recognise

    contract = _read(data, name, still_wanted, recognise=False)
    if contract.needs_ocr and recognise and can_recognise():
        return _read(data, name, still_wanted, recognise=True)
    return contract


def _read(data: bytes, name: str, still_wanted: Callable[[], bool], *, recognise: bool) -> ContractText:
    from sunmao.knowledge.sandbox.reading import read_confined
    from verticals.contract_review.documents.reading.wire import contract_from

    return read_confined(
        _READER,
        name=name,
        data=data,
        checked=contract_from,
        recognise=recognise,
        still_wanted=still_wanted,
    )


def pasted(text: str) -> ContractText:
    """Pasted text, with line ends as we keep them and without characters that no file can hold.

    Raises `EmptyInput`.
    """
    if not (said := cleaned(text)).strip():
        raise EmptyInput(code="empty_contract")
    return ContractText(text=said, kind="text")


def said(remark: Remark) -> Message:
    """A sentence for people about something that was remarked while reading."""
    known = _SAID.get(remark.code)
    return format_lazy(known, about=remark.about) if known else remarks.said(remark)


__all__ = ["pasted", "read_contract", "said"]
