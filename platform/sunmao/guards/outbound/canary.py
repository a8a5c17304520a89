"""A token in the system part of every prompt that no answer may contain: who prints it, prints the prompt.

It is looked for as it stands and in the disguises that a talked-over model would use: spaced out, backwards,
in base64 or hex, shifted by thirteen; also across the borders of chunks.
"""

from __future__ import annotations

import base64
import codecs
import re
import secrets
import unicodedata

_NOT_WORD = re.compile(r"[^a-z0-9]+")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]+")
# So much of a form at the end of a text may still become all of it.
SUSPENSE = 6
KEPT = 400


def new_canary() -> str:
    """Twenty letters, so that no number of an answer can be part of it."""
    return "zq" + "".join(secrets.choice("bcdfghjklmnpqrstvwxz") for _ in range(18))


class CanaryWatch:
    """Reads along. `seen` once the token has been said; `pending` while the end of the text may begin it."""

    def __init__(self, canary: str) -> None:
        self.seen = False
        self.pending = False
        self._letters, self._coded = "", ""
        self._forms, self._coded_forms = _forms(canary), _coded_forms(canary)

    def read(self, text: str) -> None:
        folded = unicodedata.normalize("NFKC", text)
        self._letters = (self._letters + _NOT_WORD.sub("", folded.lower()))[-KEPT - len(folded) :]
        self._coded = (self._coded + _NOT_BASE64.sub("", folded))[-KEPT - len(folded) :]
        self.seen = self.seen or any(form in self._letters for form in self._forms)
        self.seen = self.seen or any(form in self._coded for form in self._coded_forms)
        self.pending = not self.seen and (
            _may_become(self._letters, self._forms) or _may_become(self._coded, self._coded_forms)
        )


def _forms(canary: str) -> tuple[str, ...]:
    hexadecimal = canary.encode().hex()
    return (canary, canary[::-1], codecs.encode(canary, "rot13"), hexadecimal)


def _coded_forms(canary: str) -> tuple[str, ...]:
    """Base64 of a text with the token in it: its middle looks one of three ways, by where that begins."""
    forms = []
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + canary.encode()).decode().rstrip("=")
        forms.append(coded[0 if before == 0 else before + 1 : len(coded) - (len(coded) % 4 > 0)])
    return tuple(forms)


def _may_become(text: str, forms: tuple[str, ...]) -> bool:
    return any(text.endswith(form[:length]) for form in forms for length in range(SUSPENSE, len(form)))
