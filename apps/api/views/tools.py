"""Tools, and what they are going to change once somebody has confirmed it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.base import DoorView
from apps.api.views.given import object_of, text_of
from apps.api.views.schemas import Shape, operation, path_id
from sunmao.answering.policies import RUN
from sunmao.answering.tooling import confirming, presenting
from sunmao.answering.tooling.selectors import own_uses
from sunmao.answering.tooling.toolbox import toolbox_for
from sunmao.core.errors import InvalidInput

PAGE = 100
ACTION = path_id("action_id", "The id of an action of one's own, as an answer names it.")
EFFECT, STATE = "^(read|write|money)$", "^(done|failed|queued|proposed|executing|executed|cancelled|expired)$"
SETTLED = {409: ("confirmation_stale", "action_settled", "action_failed")}


class ToolSerializer(Shape):
    name = serializers.CharField()
    title = serializers.CharField()
    about = serializers.CharField()
    effect = serializers.RegexField(EFFECT)
    asynchronous = serializers.BooleanField()
    outside = serializers.BooleanField(help_text="It is called on somebody else's server.")
    permission = serializers.CharField()
    parameters = serializers.DictField(help_text="A JSON schema of the arguments.")


class ToolsSerializer(Shape):
    tools = ToolSerializer(many=True)


class ActionSerializer(Shape):
    id = serializers.UUIDField()
    tool = serializers.CharField()
    effect = serializers.RegexField(EFFECT)
    state = serializers.RegexField(STATE)
    title = serializers.CharField()
    preview = serializers.DictField(help_text="What is going to happen.")
    arguments = serializers.DictField()
    expires_at = serializers.DateTimeField(allow_null=True)
    job_id = serializers.UUIDField(allow_null=True)
    result = serializers.DictField(allow_null=True)
    token = serializers.CharField(allow_null=True, help_text="What confirms it, while it can be confirmed.")


class ActionsSerializer(Shape):
    actions = ActionSerializer(many=True)
    more = serializers.BooleanField()


class ToolConfirmationSerializer(Shape):
    token = serializers.CharField(max_length=2_000)


class ToolsView(DoorView):
    @operation("list_tools", gives={200: ToolsSerializer})
    def get(self, request: Request) -> Response:
        """What a model may call for you."""
        self.actor.require(RUN)
        with self.scope():
            found = toolbox_for(actor=self.actor, task="")
        return Response({"tools": [presenting.offered(one) for one in found.values()]})


class ActionsView(DoorView):
    @operation("list_actions", gives={200: ActionsSerializer})
    def get(self, request: Request) -> Response:
        """Your own: what waits for your confirmation, what is running, and what came of it."""
        self.actor.require(RUN)
        with self.scope():
            found = own_uses(self.actor).exclude(effect="read", job=None).select_related("job")
            page = [presenting.action(use) for use in found[:PAGE]]
        return Response({"actions": page, "more": len(page) == PAGE})


class ActionView(DoorView):
    @operation("get_action", gives={200: ActionSerializer}, parameters=[ACTION])
    def get(self, request: Request, action_id: str) -> Response:
        """One of your own."""
        self.actor.require(RUN)
        with self.scope():
            return Response(presenting.action(self.find("action", action_id)))


class ConfirmView(DoorView):
    @operation(
        "confirm_action",
        takes=ToolConfirmationSerializer,
        gives={200: ActionSerializer},
        refuses=SETTLED,
        parameters=[ACTION],
        writes=True,
    )
    def post(self, request: Request, action_id: str) -> Response:
        """Do it, once. A second time tells what came of it."""
        self.actor.require(RUN)
        use = self.find("action", action_id)
        done = confirming.confirm(actor=self.actor, use=use, token=_token(request.data))
        with self.scope():
            return Response(presenting.action(done))


def _token(data: Any) -> str:
    token = text_of(object_of(data), "token")
    if not token:
        raise InvalidInput(fields={"token": _("is missing")})
    return token


class CancelView(DoorView):
    @operation(
        "cancel_action",
        gives={200: ActionSerializer},
        refuses={409: ("action_settled",)},
        parameters=[ACTION],
        writes=True,
    )
    def post(self, request: Request, action_id: str) -> Response:
        """It is not going to be done."""
        self.actor.require(RUN)
        done = confirming.cancel(actor=self.actor, use=self.find("action", action_id))
        with self.scope():
            return Response(presenting.action(done))
