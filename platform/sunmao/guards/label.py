"""The one path of the label: what an answer is, said to people and to machines.

Generated text carries a visible label and the metadata object `AIGC` of GB 45438-2025. What only quotes, or
was computed by rules, was not generated: it says so, and carries no such object (ADR 0018).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Message

Kind = Literal["generated", "extract", "rules", "none"]
LANGUAGES = {"zh": "zh-hans", "en": "en"}
TEXTS: dict[Kind, Message] = {
    "generated": _("AI-generated content; check it against the cited sources"),
    "extract": _("Extract from the knowledge base, word for word; no text was generated"),
    "rules": _("Computed by rules; no text was generated"),
    "none": "",
}
GENERATED = "1"
"""GB 45438-2025, `Label`: 1 is generated, 2 may be, 3 is suspected to be."""


@dataclass(frozen=True)
class Label:
    """`texts` by language; `aigc` is empty for what was not generated."""

    kind: Kind
    texts: dict[str, str] = field(default_factory=dict)
    aigc: dict[str, str] = field(default_factory=dict)

    @property
    def ai_generated(self) -> bool:
        return self.kind == "generated"

    def text(self, language: str | None) -> str:
        return self.texts.get((language or "zh")[:2], "")

    def stored(self) -> dict[str, Any]:
        """As the answer record keeps it."""
        return {**self.texts, "kind": self.kind, "aigc": self.aigc}

    def sent(self, language: str | None) -> dict[str, Any]:
        """As every door sends it beside an answer."""
        return {
            "label": self.text(language),
            "ai_generated": self.ai_generated,
            "aigc": self.aigc or None,
        }

    def after(self, text: str, language: str | None) -> str:
        """A text with its label, for the clipboard and for plain files."""
        shown = self.text(language)
        return f"{text}\n\n[{shown}]" if shown else text


def label(
    *, kind: Kind, produce_id: str = "", text: str = "", producer: Mapping[str, str] | None = None
) -> Label:
    """The label of an answer that is final. `produce_id` is its number with us; `producer` who provides the
    model and under which filing number, where that is known."""
    texts = {short: _said(TEXTS[kind], code) for short, code in LANGUAGES.items()} if TEXTS[kind] else {}
    aigc = _aigc(produce_id, text, producer or {}) if kind == "generated" else {}
    return Label(kind=kind, texts=texts, aigc=aigc)


def of_stored(stored: dict[str, Any]) -> Label:
    """The label that a record keeps; records of before `kind` know only its texts."""
    texts = {language: stored[language] for language in LANGUAGES if stored.get(language)}
    kind: Kind = stored.get("kind") or ("none" if not texts else _kind_of(texts))
    return Label(kind=kind, texts=texts, aigc=stored.get("aigc") or {})


def _kind_of(texts: dict[str, str]) -> Kind:
    english = texts.get("en", "")
    return (
        "extract"
        if english.startswith("Extract")
        else "rules"
        if english.startswith("Computed")
        else "generated"
    )


def _aigc(produce_id: str, text: str, told: Mapping[str, str]) -> dict[str, str]:
    """`ReservedCode1` lets whoever has the text see whether it was changed after it was made."""
    producer = settings.SUNMAO_AIGC_PRODUCER
    return {
        "Label": GENERATED,
        "ContentProducer": " ".join(told.values()) or producer,
        "ProduceID": produce_id,
        "ReservedCode1": f"sha256:{hashlib.sha256(text.encode()).hexdigest()}" if text else "",
        "ContentPropagator": settings.SUNMAO_AIGC_PROPAGATOR or producer,
        "PropagateID": produce_id,
        "ReservedCode2": "",
    }


def _said(phrase: Message, code: str) -> str:
    with translation.override(code):
        return str(phrase)
