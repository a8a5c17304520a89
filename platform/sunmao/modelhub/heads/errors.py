"""What can be wrong with a head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Conflict, EngineFailure, Message, NotFound


class UnknownHead(NotFound):
    code = "unknown_head"
    messages: ClassVar[Mapping[str, Message]] = {
        "unknown_head": _("There is no head of this name, or you may not see it."),
        "unknown_dataset": _("There is no data set of labelled texts of this name, or you may not see it."),
    }


class HeadConflict(Conflict):
    code = "head_not_ready"
    messages: ClassVar[Mapping[str, Message]] = {
        "head_not_ready": _("This version is still being trained, or its training failed."),
        "head_not_active": _("No version of this head is in use. Put one to use first."),
        "no_head_before": _("No other version of this head was in use before."),
        "training_under_way": _("A training of this head is under way."),
    }


class HeadFailure(EngineFailure):
    code = "head_wrong_encoder"
    messages: ClassVar[Mapping[str, Message]] = {
        "head_wrong_encoder": _("The head was trained on another encoder than the one that is there now."),
        "loss_not_finite": _(
            "The training ran away: its loss is no number any more. Learn more slowly, or look at the texts."
        ),
    }


__all__ = ["HeadConflict", "HeadFailure", "UnknownHead"]
