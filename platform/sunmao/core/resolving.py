"""One way from a reference, in an address or in a body, to what it names.

Apps name their selectors on their AppConfig as `resolvers`: kind → dotted path of a function
`(*, actor, reference)` that gives the object or raises `NotFound`. Whatever belongs to somebody else is as
absent as what never was.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from sunmao.core.actor import Actor
from sunmao.core.vertical import resolve


@cache
def resolvers() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for config in apps.get_app_configs():
        for kind, dotted in getattr(config, "resolvers", {}).items():
            if kind in found:
                raise ImproperlyConfigured(f"Two resolvers are for {kind}.")
            found[kind] = dotted
    return found


def visible(actor: Actor, kind: str, reference: object, **asked: str) -> Any:
    """What the actor may see under this reference, or `NotFound`. Runs inside the actor's tenancy scope.

    With a `permission` it is there only when the actor holds that one for it; `task` and `vertical` narrow
    likewise where a kind has them.
    """
    return resolve(resolvers()[kind])(actor=actor, reference=reference, **asked)
