"""Which engine answers. Modules are imported on first use, in workers only: one of them imports torch."""

from __future__ import annotations

import threading
from functools import cache

from django.conf import settings

from sunmao.core.vertical import resolve
from sunmao.inference.engine import Engine

ENGINES = {
    "extractive": "sunmao.inference.engines.extractive.ExtractiveEngine",
    "openai": "sunmao.inference.engines.openai_compatible.OpenAiCompatibleEngine",
    "transformers": "sunmao.inference.engines.local.engine.TransformersEngine",
}
DEFAULT = "default"

_loading = threading.Lock()


def engine(name: str = DEFAULT) -> Engine:
    """The engine of a release; `default` is the one that the settings name."""
    with _loading:
        return _engine(settings.SUNMAO_ENGINE if name == DEFAULT else name)


@cache
def _engine(name: str) -> Engine:
    return resolve(ENGINES[name])()  # type: ignore[no-any-return]


def named(name: str = DEFAULT) -> str:
    """The engine and the model that would answer now, by the settings, without loading anything."""
    kind = settings.SUNMAO_ENGINE if name == DEFAULT else name
    if kind == "extractive":
        return kind
    if kind == "openai" and settings.SUNMAO_OPENAI_SERVERS:
        return " ".join([kind, *(server["model"] for server in settings.SUNMAO_OPENAI_SERVERS)])
    form = f" {settings.SUNMAO_QUANTISATION}" if kind == "transformers" else ""
    return f"{kind} {settings.SUNMAO_MODEL}{form}"


def described() -> str:
    """Name of the model that answers by default, without loading it."""
    return settings.SUNMAO_MODEL or settings.SUNMAO_ENGINE
