"""Everything that can go wrong and that a person should be told about.

SunmaoError                     code, status, message, fields
├── InvalidInput        400     the request cannot be understood; `fields` says where
│   ├── EmptyInput      400     nothing was asked or sent
│   └── TooLong         413     more than a limit allows
├── Unauthenticated     401     no valid sign-in or key
├── Forbidden           403     signed in, visible, but not allowed
├── NotFound            404     does not exist, or is not yours to see
├── Conflict            409     the state does not allow this now
├── UnreadableFile      422     a file could not be turned into text; `code` says why
├── StorageFull         507     no room to keep a file; nothing was kept
├── Unavailable         503     a part of the stack does not answer
└── EngineFailure       502     the model failed

A subclass may be raised with another `code` where callers must tell cases apart; `status` never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Message = str | Promise


class SunmaoError(Exception):
    """Root of the family.

    `message` is a lazy translation: it takes the language of whoever reads it, not of whoever raised it.
    `fields` maps an input field to what is wrong with it; `messages` has a text of its own for some codes.
    """

    code: str = "error"
    status: ClassVar[int] = 500
    default_message: ClassVar[Message] = _("Something went wrong.")
    messages: ClassVar[Mapping[str, Message]] = {}
    retry_after: int | None = None

    def __init__(
        self,
        message: Message | None = None,
        *,
        code: str | None = None,
        fields: Mapping[str, Message] | None = None,
    ) -> None:
        self.code = code or self.code
        self.message = self.messages.get(self.code, self.default_message) if message is None else message
        self.fields = dict(fields or {})
        super().__init__(self.code)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def as_dict(self) -> dict[str, Any]:
        """The error as every door sends it, in the language that is active now."""
        return {
            "code": self.code,
            "status": self.status,
            "message": str(self.message),
            "fields": {_sendable(name): _sendable(str(text)) for name, text in self.fields.items()},
        }


def _sendable(text: str) -> str:
    """Names of fields are the caller's own, and half a surrogate pair in one has no bytes to be sent as."""
    return text.encode(errors="replace").decode()


class InvalidInput(SunmaoError):
    code, status = "invalid_input", 400
    default_message = _("The request could not be understood.")


class EmptyInput(InvalidInput):
    code = "empty_input"
    default_message = _("Nothing was entered.")
    messages: ClassVar[Mapping[str, Message]] = {
        "no_file": _("Send at least one file in the field `file`."),
    }


class TooLong(SunmaoError):
    code, status = "too_long", 413
    default_message = _("The input is too long.")
    messages: ClassVar[Mapping[str, Message]] = {
        "file_too_large": _("The file is larger than this installation accepts. Nothing was saved."),
        "body_too_large": _("The request is larger than this installation accepts. Nothing was saved."),
    }


class Unauthenticated(SunmaoError):
    code, status = "unauthenticated", 401
    default_message = _("Sign in or send a valid API key.")


class Forbidden(SunmaoError):
    code, status = "forbidden", 403
    default_message = _("You are not allowed to do this.")


class NotFound(SunmaoError):
    code, status = "not_found", 404
    default_message = _("This does not exist, or you may not see it.")
    messages: ClassVar[Mapping[str, Message]] = {
        "unknown_address": _("There is nothing at this address."),
        "unknown_base": _("There is no knowledge base of this name, or you may not see it."),
        "unknown_dataset": _("There is no such data set, or you may not see it."),
        "unknown_conversation": _("There is no such conversation of yours."),
        "unknown_organisation": _("There is no organisation of this name."),
        "unknown_person": _("The organisation has no member of this name."),
        "unknown_model": _("There is no model of this name, or it is not yours to use."),
        "unknown_release": _("There is no such release, or you may not see it."),
        "unknown_role": _("There is no role of this name."),
        "unknown_suite": _("There is no such suite, or you may not see it."),
        "unknown_task": _("There is no task of this name, or it is not enabled for you."),
        "unknown_vertical": _("There is no business line of this name, or it is not enabled for you."),
    }


class Conflict(SunmaoError):
    code, status = "conflict", 409
    default_message = _("This cannot be done in the current state.")


class UnreadableFile(SunmaoError):
    code, status = "unreadable_file", 422
    default_message = _("The file could not be read.")


class StorageFull(SunmaoError):
    code, status = "storage_full", 507
    default_message = _(
        "There is no room to keep this file. Nothing was saved; free some space and try again."
    )


class Unavailable(SunmaoError):
    code, status = "unavailable", 503
    default_message = _("A part of the system does not answer at the moment. Try again shortly.")
    retry_after: int | None = 5


class EngineFailure(SunmaoError):
    code, status = "engine_failure", 502
    default_message = _("The model could not produce an answer.")


__all__ = [
    "Conflict",
    "EmptyInput",
    "EngineFailure",
    "Forbidden",
    "InvalidInput",
    "NotFound",
    "StorageFull",
    "SunmaoError",
    "TooLong",
    "Unauthenticated",
    "Unavailable",
    "UnreadableFile",
]
