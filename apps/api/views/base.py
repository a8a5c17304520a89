from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, cast

from rest_framework.request import Request
from rest_framework.views import APIView

from sunmao.core import tenancy
from sunmao.core.actor import Actor


class DoorView(APIView):
    """A view of the API: whoever passed authentication is `self.actor`."""

    actor: Actor

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.actor = cast(Actor, request.user)

    def scope(self) -> AbstractContextManager[None]:
        """The actor's organisation. Do not wait for a worker inside: it holds a connection."""
        return tenancy.scope(self.actor.organisation_id)
