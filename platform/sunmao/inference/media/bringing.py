"""Bring a model for sound or pictures into memory, with the errors and the checks of other models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure, SunmaoError
from sunmao.inference.engines.local import loading
from sunmao.modelhub import keeping
from sunmao.modelhub.files import folders

Brought = TypeVar("Brought")


def brought(source: str, bring: Callable[[str], Brought]) -> Brought:
    """`bring` is given the folder. Raises `EngineFailure`: `model_not_loaded`, `model_too_big`, and whatever
    it raises itself to say what is missing."""
    import torch

    try:
        with keeping.opened(source) as place:
            folder = str(folders.folder_of(place))
            loading.check_room(source, folder, "none", device())
            return bring(folder)
    except EngineFailure:
        raise
    except torch.OutOfMemoryError as error:
        raise loading.too_big(source) from error
    except (SunmaoError, OSError, ValueError, RuntimeError, ImportError, TypeError, AttributeError) as error:
        if "not enough memory" in str(error):
            raise loading.too_big(source) from error
        raise loading.not_loaded(source) from error


def device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def require_kind(folder: str, *kinds: str) -> None:
    """A model of another kind would load half and say nonsense."""
    try:
        found = str(json.loads((Path(folder) / "config.json").read_text("utf-8")).get("model_type", ""))
    except (OSError, ValueError, AttributeError):
        found = ""
    if found not in kinds:
        raise EngineFailure(
            format_lazy(
                _("The model is of the kind {found}; this engine runs {kinds}."),
                found=found or "?",
                kinds=", ".join(kinds),
            ),
            code="model_not_loaded",
        )


def missing(extra: str) -> EngineFailure:
    """A library that only some installations have."""
    return EngineFailure(
        format_lazy(
            _("This needs the extra `{extra}`: pip install 'sunmao[{extra}]', and start the workers again."),
            extra=extra,
        ),
        code="extra_missing",
    )


__all__ = ["brought", "device", "missing", "require_kind"]
