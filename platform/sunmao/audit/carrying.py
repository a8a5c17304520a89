"""From where somebody came goes along with work that is done elsewhere, so that its entries say it too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sunmao.core.actor import Actor
from sunmao.core.crypto import persons
from sunmao.core.origin import Origin, current_origin, set_origin
from sunmao.core.request_id import current_request_id, set_request_id

REQUEST, ORIGIN = "request_id", "origin"
_CONTEXT = "audit.carried"


def carried(actor: Actor, *, duty: str = "") -> dict[str, str]:
    """What a row keeps of the request that made it, the address under the actor's key."""
    told = current_origin().as_dict()
    found = {REQUEST: current_request_id()} if current_request_id() else {}
    if told:
        found[ORIGIN] = persons.seal_for(actor.subject, json.dumps(told), context=_CONTEXT, duty=duty)
    return found


def resume(kept: Mapping[str, Any], *, organisation_id: UUID) -> None:
    """Go on as that request: its id, its address. Of a row that keeps nothing, as nobody's."""
    token = kept.get(ORIGIN)
    opened = persons.open_token(token, context=_CONTEXT, organisation_id=organisation_id) if token else None
    set_origin(Origin(**json.loads(opened)) if opened else Origin())
    set_request_id(str(kept.get(REQUEST, "")))
