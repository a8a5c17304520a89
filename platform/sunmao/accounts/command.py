"""Who a command line acts for."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from sunmao.accounts.selectors import actor_of_name, organisation_by_slug
from sunmao.core.actor import Actor


def actor_from(options: dict[str, Any]) -> Actor:
    organisation = organisation_by_slug(options["org"])
    return actor_of_name(
        organisation=organisation, username=options["username"], language=get_language() or ""
    )
