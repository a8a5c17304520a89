from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure, InvalidInput


class SchemaRefused(InvalidInput):
    code = "invalid_schema"

    def __init__(self, reason: str) -> None:
        super().__init__(format_lazy(_("This is no schema that can be kept to: {reason}"), reason=reason))


class OutputTruncated(EngineFailure):
    code = "output_truncated"
    default_message = _("The answer ended before its data was whole. Allow it more tokens, or ask for less.")


class OutputInvalid(EngineFailure):
    """`data` is what came last, None when it was no JSON; `problems` say where it breaks the schema."""

    code = "output_invalid"
    default_message = _("The model did not write what the schema asks for, also after it was told.")

    def __init__(self, data: Any, problems: Sequence[str]) -> None:
        super().__init__()
        self.data, self.problems = data, tuple(problems)


__all__ = ["OutputInvalid", "OutputTruncated", "SchemaRefused"]
