"""What a body says, field by field: of the type that the schema tells, or an error that names the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput, Message, NotFound
from sunmao.core.texts import storable

LARGEST = 2**31 - 1
"""What a column of whole numbers holds."""


def object_of(data: Any) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise InvalidInput(_("The input must be a JSON object."))
    return data


def only(given: Mapping[str, Any], *names: str) -> None:
    """Where what is ignored would be missed: a body holds nothing else."""
    _refuse({str(name)[:80]: _("is not known") for name in given if name not in names})


def is_text(value: object) -> bool:
    return isinstance(value, str) and storable(value)


def text_of(given: Mapping[str, Any], name: str, *, required: bool = False) -> str:
    """A field that is missing is empty, unless it is `required`."""
    if required and name not in given:
        raise InvalidInput(fields={name: _("is missing")})
    return texts_of(given, name)[name]


def texts_of(given: Mapping[str, Any], *names: str) -> dict[str, str]:
    """Several at once, so that everything wrong is told at once; one that is missing is empty."""
    found = {name: given.get(name, "") for name in names}
    _refuse({name: _("must be text") for name, value in found.items() if not is_text(value)})
    return found


def said_of(given: Mapping[str, Any], types: Mapping[str, type]) -> dict[str, Any]:
    """The fields that are there and not null, each a `str`, `bool` or whole number (`int`) as `types` say."""
    found = {name: given[name] for name in types if given.get(name) is not None}
    told: dict[type, Message] = {
        str: _("must be text"),
        int: _("must be a whole number"),
        bool: _("must be true or false"),
    }
    _refuse({name: told[types[name]] for name, value in found.items() if not _is(value, types[name])})
    return found


def _is(value: object, wanted: type) -> bool:
    if wanted is int:
        return type(value) is int and 0 <= value <= LARGEST
    return is_text(value) if wanted is str else isinstance(value, wanted)


def _refuse(wrong: dict[str, Message]) -> None:
    if wrong:
        raise InvalidInput(fields=wrong)


def truth_of(given: Mapping[str, Any], name: str, default: bool | None = None) -> bool:
    """Without a `default` it must be there."""
    value = given.get(name, default)
    if not isinstance(value, bool):
        raise InvalidInput(fields={name: _("must be true or false")})
    return value


def whole_of(given: Mapping[str, Any], name: str, usual: int) -> int:
    value = given.get(name, usual)
    if not _is(value, int):
        raise InvalidInput(fields={name: _("must be a whole number")})
    return int(value)


def number_of(given: Mapping[str, Any], name: str, usual: float) -> float:
    value = given.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(fields={name: _("must be a number")})
    return float(value)


def version_of(given: Mapping[str, Any], name: str, *, code: str) -> int | None:
    """The number of a version; one that no column could hold is of no version, which `code` says."""
    if name not in given:
        return None
    value = given[name]
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(fields={name: _("must be a whole number")})
    if abs(value) > LARGEST:
        raise NotFound(code=code)
    return value


def list_of(given: Mapping[str, Any], name: str, *, most: int) -> list[Any]:
    """One that is missing is empty."""
    value = given.get(name, [])
    if not isinstance(value, list) or len(value) > most:
        raise InvalidInput(fields={name: _("must be a list of at most %(most)d") % {"most": most}})
    return value


def mapping_of(given: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """None when it is not there."""
    if name not in given:
        return None
    value = given[name]
    if not isinstance(value, Mapping):
        raise InvalidInput(fields={name: _("must be an object")})
    return value


__all__ = [
    "is_text", "list_of", "mapping_of", "number_of", "object_of", "said_of", "text_of", "texts_of",
    "truth_of", "version_of", "whole_of",
]  # fmt: skip
