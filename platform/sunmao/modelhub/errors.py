"""What can be wrong with a model or an adapter that somebody brings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Conflict, EngineFailure, InvalidInput, Message, NotFound, UnreadableFile


class BadAdapter(UnreadableFile):
    """Nothing of it was kept or run; `fields` name the member or tensor and what is wrong."""

    code = "adapter_malformed"
    messages: ClassVar[Mapping[str, Message]] = {
        "adapter_archive": _(
            "This is no archive of an adapter: it must be a zip or tar file that holds adapter_config.json "
            "and adapter_model.safetensors, and little else."
        ),
        "adapter_unsafe": _("The archive holds code or a pickle. Weights are taken as safetensors only."),
        "adapter_malformed": _("The file of weights is damaged, or is not what its header says."),
        "adapter_config": _("The adapter's configuration is not one that is taken. `fields` says where."),
        "adapter_wrong_base": _("The adapter was not made for this base model."),
        "adapter_not_finite": _("The adapter's weights hold values that are not numbers. Train it again."),
    }


class BadModel(UnreadableFile):
    code = "model_unreadable"
    messages: ClassVar[Mapping[str, Message]] = {
        "model_unreadable": _(
            "The model could not be read. It must be a folder with config.json, a tokenizer and safetensors."
        ),
        "model_unsafe": _("The model asks for code of its own (`auto_map`), which is never run."),
    }


class ModelDamaged(EngineFailure):
    """A kept model is never loaded in part: the name of the first file that is not as it was kept."""

    code = "model_damaged"

    def __init__(self, model: str, file: str) -> None:
        message = _(
            "The kept files of the model {model} were changed, damaged or removed. "
            "Keep it again from its source."
        )
        super().__init__(format_lazy(message, model=model), fields={"file": file})


class ModelConflict(Conflict):
    code = "model_not_ready"
    messages: ClassVar[Mapping[str, Message]] = {
        "model_not_ready": _("The base model has not been read yet, or its reading failed."),
        "adapter_not_usable": _(
            "This adapter version may not answer: it must have passed its parity check, and not be retired."
        ),
        "adapter_pinned": _("The version is pinned. Unpin it first."),
        "name_taken": _("The name is taken."),
    }


class UnknownModel(NotFound):
    code = "unknown_model"
    default_message = _("There is no model or adapter of this name, or you may not see it.")


class NotAllowedPlace(InvalidInput):
    code = "model_place"
    default_message = _(
        "A base model is named by a hub id such as `org/name`, or by a path below the folder that the "
        "operator has opened with SUNMAO_MODELS."
    )


__all__ = ["BadAdapter", "BadModel", "ModelConflict", "ModelDamaged", "NotAllowedPlace", "UnknownModel"]
