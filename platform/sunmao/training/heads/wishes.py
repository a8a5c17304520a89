"""What somebody wants of a training. Doors import this and nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput
from sunmao.knowledge import encoders

AUTO, LOGISTIC, NGRAM, LORA = "auto", "lr", "ngram", "lora"
METHODS = (AUTO, LOGISTIC, NGRAM, LORA)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """`encoder` empty: the one that serves the language of the texts, if any."""

    method: str = AUTO
    encoder: str = ""
    seed: int = 1

    def checked(self) -> Wish:
        if self.method not in METHODS:
            raise InvalidInput(fields={"method": _("must be auto, lr, ngram or lora")})
        encoder = self.encoder if self.encoder in ("", encoders.NONE) else encoders.checked(self.encoder)
        return replace(self, encoder=encoder)


__all__ = ["AUTO", "LOGISTIC", "LORA", "METHODS", "NGRAM", "Wish"]
