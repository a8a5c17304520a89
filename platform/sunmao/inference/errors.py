"""What can go wrong with a model server, each with what to do about it.

`again` says that a second attempt may help, `elsewhere` that another server or engine may, `counts` that the
server itself is in trouble, which its breaker should know. `retry_after` is what the server asked for.
"""

from __future__ import annotations

from typing import ClassVar

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure, InvalidInput, Message


class ModelServerFailure(EngineFailure):
    code = "model_server_failed"
    default_message = _("The model server failed. Look at its log; the question can be asked again.")
    again: ClassVar[bool] = True
    elsewhere: ClassVar[bool] = True
    counts: ClassVar[bool] = True


class ServerUnreachable(ModelServerFailure):
    code = "model_server_unreachable"
    default_message = _(
        "The model server cannot be reached. Check that it runs and that its address is right."
    )


class ServerRefusesUs(ModelServerFailure):
    code = "model_server_unauthorized"
    default_message = _("The model server refuses our key. Check SUNMAO_OPENAI_API_KEY.")
    again, counts = False, False


class ModelUnknown(ModelServerFailure):
    code = "model_unknown"
    again, counts = False, False

    def __init__(self, model: str) -> None:
        super().__init__(
            format_lazy(
                _("The model server has no model {model}. Check SUNMAO_MODEL, or load it there."), model=model
            )
        )


class ServerBusy(ModelServerFailure):
    code = "model_server_busy"
    default_message = _("The model server takes no more requests at the moment. Try again shortly.")
    counts = False

    def __init__(self, retry_after: float | None = None) -> None:
        super().__init__()
        self.pause = retry_after


class ServerResting(ModelServerFailure):
    code = "model_server_resting"
    default_message = _(
        "The model server failed several times and is left alone for a while. Try again later."
    )
    again, counts = False, False


class ServerTooSlow(ModelServerFailure):
    code = "model_timeout"
    default_message = _("The model did not begin to answer in time. Ask again, or for less at once.")
    again = False


class ServerGarbled(ModelServerFailure):
    code = "model_server_garbled"
    default_message = _(
        "What the model server sent is not an answer in OpenAI's form. Check that its address ends in /v1."
    )
    again = False


class ContextOverflow(ModelServerFailure):
    code = "context_overflow"
    default_message = _(
        "The question with everything that the model should read is longer than it can take. Shorten it, "
        "or choose a model with a longer context."
    )
    again, counts = False, False


class RequestRefused(ModelServerFailure):
    code = "model_request_refused"
    again, counts = False, False

    def __init__(self, said: str) -> None:
        super().__init__(format_lazy(_("The model server refused the request: {said}"), said=said))


class CapabilityMissing(InvalidInput):
    """Asking an engine for more than it can do is the caller's mistake, never silently ignored."""

    code = "capability_missing"

    def __init__(self, *, model: str, missing: Message) -> None:
        super().__init__(
            format_lazy(_("The model {model} cannot do this: {missing}."), model=model, missing=missing)
        )


__all__ = [
    "CapabilityMissing",
    "ContextOverflow",
    "ModelServerFailure",
    "ModelUnknown",
    "RequestRefused",
    "ServerBusy",
    "ServerGarbled",
    "ServerRefusesUs",
    "ServerResting",
    "ServerTooSlow",
    "ServerUnreachable",
]
