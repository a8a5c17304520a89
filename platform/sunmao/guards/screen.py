"""What happens to a question before anything else reads it."""

from __future__ import annotations

import unicodedata

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EmptyInput, TooLong

# Zero-width and direction marks hide text from people while machines still read it.
_INVISIBLE = {"Cc", "Cf", "Co", "Cs"}
_KEPT = {"\n", "\t"}


def screen(*, text: str, field: str, limit: int) -> str:
    """The text without invisible characters, trimmed. Raises `EmptyInput` and `TooLong`."""
    clean = "".join(c for c in text if c in _KEPT or unicodedata.category(c) not in _INVISIBLE).strip()
    if not clean:
        raise EmptyInput(_("Enter a question first."), fields={field: _("is empty")})
    if len(clean) > limit:
        raise TooLong(
            format_lazy(
                _("The text has {length} characters; at most {limit} are accepted."),
                length=len(clean),
                limit=limit,
            ),
            fields={field: _("is too long")},
        )
    return clean
