"""Which engine hears, speaks and draws: those that the settings name a model for."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import PurePath

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure
from sunmao.core.vertical import resolve
from sunmao.inference.media.engine import ABILITIES, Ability, MediaEngine

ENGINES: dict[Ability, str] = {
    "hears": "sunmao.inference.media.hearing.WhisperEngine",
    "speaks": "sunmao.inference.media.speaking.VitsEngine",
    "draws": "sunmao.inference.media.drawing.DiffusionEngine",
}
SETTINGS: dict[Ability, str] = {
    "hears": "SUNMAO_TRANSCRIPTION_MODEL",
    "speaks": "SUNMAO_SPEECH_MODEL",
    "draws": "SUNMAO_IMAGE_MODEL",
}

_loading = threading.Lock()


def engine(ability: Ability) -> MediaEngine:
    """In workers only. Raises `EngineFailure` with what to do when there is none, or it does not load."""
    source = _source(ability)
    if not source:
        raise EngineFailure(
            format_lazy(_("Set {setting} to a model id or a path."), setting=SETTINGS[ability]),
            code="engine_not_configured",
        )
    with _loading:
        return _engine(ability, source)


@cache
def _engine(ability: Ability, source: str) -> MediaEngine:
    return resolve(ENGINES[ability])(source)  # type: ignore[no-any-return]


def _source(ability: Ability) -> str:
    return str(getattr(settings, SETTINGS[ability]))


def model_name(ability: Ability) -> str:
    """What callers call it, empty when there is none; a path is told by its last part alone."""
    source = _source(ability)
    return PurePath(source).name if source.startswith("/") else source


def models() -> dict[str, Ability]:
    """By the name that callers use. Nothing is loaded to say so."""
    return {name: ability for ability in ABILITIES if (name := model_name(ability))}


__all__ = ["engine", "model_name", "models"]
