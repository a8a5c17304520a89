"""Policies on personal data, and turning surrogates back: the same verbs as the console."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.access_shapes import Body
from apps.api.views.base import DoorView
from apps.api.views.schemas import Shape, operation, path_id
from sunmao.answering.privacy import reverse
from sunmao.answering.selectors import visible_record
from sunmao.guards.personal import services
from sunmao.guards.personal.policy import IMAGE_MODES, MODES, PLACES
from sunmao.guards.personal.presenting import effective, policy_as_dict
from sunmao.guards.personal.selectors import policies_of

POLICY, RECORD = path_id("policy_id", "A policy's id."), path_id("record_id", "A record's id.")
_SCOPE_KINDS = ("organisation", "vertical", "base")


class WantedPolicySerializer(Body):
    place = serializers.ChoiceField(PLACES)
    scope_kind = serializers.ChoiceField(_SCOPE_KINDS, default="organisation")
    scope = serializers.CharField(max_length=80, allow_blank=True, default="")
    modes = serializers.DictField(child=serializers.ChoiceField(MODES))
    images = serializers.ChoiceField(IMAGE_MODES, default="off")
    allowed = serializers.ListField(child=serializers.CharField(max_length=200), max_length=500, default=list)


class WantedReversalSerializer(Body):
    reason = serializers.CharField(max_length=500)


class PolicySerializer(Shape):
    id = serializers.UUIDField()
    place = serializers.CharField()
    scope_kind = serializers.CharField()
    scope = serializers.CharField()
    modes = serializers.DictField(child=serializers.CharField())
    images = serializers.CharField()
    allowed = serializers.ListField(child=serializers.CharField())
    updated_at = serializers.DateTimeField()


class EffectiveSerializer(Shape):
    place = serializers.CharField()
    modes = serializers.DictField(child=serializers.CharField())
    images = serializers.CharField()


class PoliciesSerializer(Shape):
    policies = PolicySerializer(many=True)
    effective = EffectiveSerializer(many=True)


class ReversalSerializer(Shape):
    record_id = serializers.UUIDField()
    surrogates = serializers.DictField(child=serializers.CharField())
    question = serializers.CharField()
    text = serializers.CharField()


class PersonalDataPoliciesView(DoorView):
    @operation("list_personal_data_policies", gives={200: PoliciesSerializer})
    def get(self, request: Request) -> Response:
        """The organisation's own decisions, and what holds for all of it: those, or the built-in defaults."""
        with self.scope():
            rows = [policy_as_dict(row) for row in policies_of(self.actor)]
            return Response({"policies": rows, "effective": effective()})

    @operation(
        "set_personal_data_policy",
        takes=WantedPolicySerializer,
        gives={200: PolicySerializer},
        refuses={404: ("unknown_base",)},
        writes=True,
    )
    def put(self, request: Request) -> Response:
        """Make or replace the policy of one place and scope."""
        self.actor.require("guards.policy.manage")
        wanted: dict[str, Any] = WantedPolicySerializer.of(request)
        if wanted["scope_kind"] == "base":
            self.find("base", wanted["scope"])
        return Response(policy_as_dict(services.set_policy(actor=self.actor, **wanted)))


class PersonalDataPolicyView(DoorView):
    @operation("remove_personal_data_policy", gives={204: None}, parameters=[POLICY], writes=True)
    def delete(self, request: Request, policy_id: str) -> Response:
        self.actor.require("guards.policy.manage")
        services.remove_policy(actor=self.actor, policy=self.find("personal_data_policy", policy_id))
        return Response(status=204)


class ReversalView(DoorView):
    @operation(
        "reverse_surrogates",
        takes=WantedReversalSerializer,
        gives={200: ReversalSerializer},
        refuses={404: ("no_surrogates",)},
        parameters=[RECORD],
        writes=True,
    )
    def post(self, request: Request, record_id: str) -> Response:
        """Turn the placeholders of an answer back into what they stand for. Says so in the audit log."""
        self.actor.require("privacy.surrogate.reverse")
        with self.scope():
            record = visible_record(actor=self.actor, record_id=record_id)
            wanted = WantedReversalSerializer.of(request)
            return Response(reverse(actor=self.actor, record=record, reason=wanted["reason"]))
