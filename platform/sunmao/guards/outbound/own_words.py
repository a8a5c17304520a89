"""The words of the prompt itself, which an answer has no reason to repeat at length.

A canary shows that the whole prompt was printed; whoever is talked into printing a part of it leaves the
canary out. Looked for is what stands in the template and nowhere in the sources: a run of so many signs,
whatever stands between them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_SPACE = re.compile(r"[\W_]+")
_QUOTED = re.compile(r"[“「『\"'][^”」』\"']{2,80}[”」』\"']")
_HAN = re.compile(r"[一-鿿]")
# A sentence's length: shorter phrases are common to any two texts in the same manner.
RUN_HAN, RUN = 18, 60


class OwnWords:
    """Reads along. `seen` once a run of the template's own words has been said."""

    def __init__(self, template: str, *, sources: Iterable[str] = ()) -> None:
        # What the template itself puts into quotation marks, it asks to be said.
        own = _bare(_QUOTED.sub("", template))
        self._length = RUN_HAN if _HAN.search(own) else RUN
        known = _bare(" ".join(sources))
        self._runs = {run for run in _windows(own, self._length) if run not in known}
        self._tail = ""
        self.seen = False

    def read(self, text: str) -> None:
        read = self._tail + _bare(text)
        self.seen = self.seen or any(run in self._runs for run in _windows(read, self._length))
        self._tail = read[-self._length + 1 :]


def _bare(text: str) -> str:
    return _SPACE.sub("", unicodedata.normalize("NFKC", text).lower())


def _windows(text: str, length: int) -> Iterable[str]:
    return (text[at : at + length] for at in range(len(text) - length + 1))
