"""A file or a pasted text → `ContractText`."""

from __future__ import annotations

from collections.abc import Callable

from verticals.contract_review.documents.contract_text import ContractText


def read_contract(
    data: bytes,
    *,
    name: str,
    recognise: bool = True,
    still_wanted: Callable[[], bool] = lambda: True,
) -> ContractText:
    """Read a contract in a confined process. For workers and short requests.

    With `recognise` pages of pictures are read by text recognition where it is installed; without it, or
    where it is not, they are only reported (`needs_ocr`), and a file of nothing else has an empty text.

    Raises `UnreadableFile` (codes of `parse`, and `unsupported_contract_type`), or `NotWanted` when
    `still_wanted` says no.
    """
    raise NotImplementedError


def pasted(text: str) -> ContractText:
    """Pasted text, with line ends as we keep them and without characters that no file can hold."""
    raise NotImplementedError


__all__ = ["pasted", "read_contract"]
