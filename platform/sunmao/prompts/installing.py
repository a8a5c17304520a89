"""Bringing the packs to an organisation. What people changed stays, as with every text of the product."""

from __future__ import annotations

from pathlib import Path

from sunmao.core.actor import Actor
from sunmao.prompts.models import PromptVersion
from sunmao.prompts.services import publish_version

TEXTS = Path(__file__).parent / "packs" / "texts"


def install(*, actor: Actor) -> list[PromptVersion]:
    """Idempotent: `packs.<name>` in both languages."""
    return [
        publish_version(
            actor=actor,
            slug=f"packs.{file.name.split('.')[0]}",
            language=file.name.split(".")[1],
            source=file.read_text(encoding="utf-8"),
        )
        for file in sorted(TEXTS.glob("*.md"))
    ]


__all__ = ["TEXTS", "install"]
