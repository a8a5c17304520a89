"""System checks: a model whose weights lie in the clear although files are to be encrypted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as Caution

from sunmao.modelhub.keeping import is_kept


@register(Tags.security)
def weights_are_not_in_the_clear(
    app_configs: Sequence[AppConfig] | None = None, **_: Any
) -> list[CheckMessage]:
    """Files at the operator's own path are the operator's to protect: we say so once, at the start."""
    loads = "transformers" in (settings.SUNMAO_ENGINE, *settings.SUNMAO_ENGINE_FALLBACK)
    source = settings.SUNMAO_MODEL
    if not (settings.SUNMAO_ENCRYPT_FILES and loads and source) or is_kept(source):
        return []
    if settings.SUNMAO_MODEL_DISK_ENCRYPTED:
        return []
    return [
        Caution(
            f"SUNMAO_ENCRYPT_FILES is on, and the weights of {source} lie in the clear.",
            hint="`models keep NAME` takes them into the encrypted store, SUNMAO_MODEL=kept:ORG/NAME loads "
            "them from there; or encrypt their disk, and say so with SUNMAO_MODEL_DISK_ENCRYPTED=1.",
            id="sunmao.W024",
        )
    ]
