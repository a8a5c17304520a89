"""What a request asks of an engine, held against what the engine can do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sunmao.inference.engine import Engine, GenerationRequest
from sunmao.inference.errors import CapabilityMissing


def require(engine: Engine, request: GenerationRequest) -> None:
    """Raises `CapabilityMissing` for the first thing that the engine cannot do."""
    can = engine.capabilities
    wanted = (
        (any(message.images for message in request.conversation), can.images, _("read pictures")),
        (bool(request.tools), can.tools, _("ask for tools")),
        (request.schema is not None, can.schema, _("keep to a schema")),
        (bool(request.adapter), can.adapters, _("use adapters")),
    )
    for asked, possible, missing in wanted:
        if asked and not possible:
            raise CapabilityMissing(model=engine.model, missing=missing)


__all__ = ["require"]
