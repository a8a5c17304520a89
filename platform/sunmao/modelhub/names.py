from __future__ import annotations

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput
from sunmao.core.texts import storable

LONGEST = 80


def checked(name: str, *, field: str = "name") -> str:
    """Names of models go into names of engines and files, so they are plain."""
    if not isinstance(name, str) or not name or slugify(name) != name or len(name) > LONGEST:
        raise InvalidInput(fields={field: _("Use small letters, digits, hyphens and underscores only.")})
    return name


def text(value: object, *, field: str, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or not storable(value):
        raise InvalidInput(fields={field: _("must be a shorter text")})
    return value.strip()
