"""Bodies and answers of the endpoints about roles, members, teams, keys and limits."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from apps.api.views.schemas import Shape
from sunmao.accounts.measures import Measure, Period, Target


class Body(serializers.Serializer):  # type: ignore[type-arg]
    """What a client sends. A field that is not named here is an error, not silence."""

    def to_internal_value(self, data: Any) -> Any:
        given = data if isinstance(data, dict) else {}
        wrong = {str(name): _("is not a field here") for name in sorted(set(given) - set(self.fields))}
        wrong |= {
            name: _("must be text")
            for name, field in self.fields.items()
            if name in given and _is_lax(field, given[name])
        }
        if wrong:
            raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        body = cls(data=request.data)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)


def _is_lax(field: Any, value: Any) -> bool:
    """The framework would make a text of a number, and of a list of numbers a list of texts."""
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        return any(_is_lax(field.child, one) for one in value)
    return isinstance(field, serializers.CharField) and isinstance(value, (int, float))


def _names(**more: Any) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(max_length=200), max_length=200, **more)


# What is sent


class PermissionSerializer(Shape):
    name = serializers.CharField()
    title = serializers.CharField()
    narrowable = serializers.BooleanField()
    for_keys = serializers.BooleanField()


class PermissionsSerializer(Shape):
    permissions = PermissionSerializer(many=True)


class RoleSerializer(Shape):
    slug = serializers.CharField()
    name = serializers.CharField()
    built_in = serializers.BooleanField()
    vertical = serializers.CharField(allow_blank=True)
    permissions = serializers.ListField(child=serializers.CharField())


class RolesSerializer(Shape):
    roles = RoleSerializer(many=True)


class GrantSerializer(Shape):
    id = serializers.UUIDField()
    role = serializers.CharField()
    bases = serializers.ListField(child=serializers.CharField())
    tasks = serializers.ListField(child=serializers.CharField())
    models = serializers.ListField(child=serializers.CharField())
    granted_by = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class TeamNameSerializer(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()


class MemberSerializer(Shape):
    id = serializers.UUIDField()
    username = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    active = serializers.BooleanField()
    since = serializers.DateTimeField()
    grants = GrantSerializer(many=True)
    teams = TeamNameSerializer(many=True)


class MembersSerializer(Shape):
    members = MemberSerializer(many=True)


class NarrowedSerializer(Shape):
    permissions = serializers.ListField(child=serializers.CharField())
    bases = serializers.ListField(child=serializers.CharField())
    tasks = serializers.ListField(child=serializers.CharField())
    models = serializers.ListField(child=serializers.CharField())


class RightsSerializer(Shape):
    permissions = serializers.ListField(child=serializers.CharField())
    narrowed = NarrowedSerializer(many=True)


class OwnUseSerializer(Shape):
    target = serializers.ChoiceField(Target.choices)
    measure = serializers.ChoiceField(Measure.choices)
    period = serializers.ChoiceField(Period.choices)
    limit = serializers.IntegerField(min_value=0)
    used = serializers.IntegerField(min_value=0)
    renews_at = serializers.DateTimeField()


class MyselfSerializer(Shape):
    kind = serializers.CharField()
    id = serializers.UUIDField()
    name = serializers.CharField()
    on_behalf_of = serializers.CharField(allow_blank=True)
    rights = RightsSerializer()
    limits = OwnUseSerializer(many=True)


class TeamMemberSerializer(Shape):
    id = serializers.UUIDField()
    username = serializers.CharField()


class TeamSerializer(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    members = TeamMemberSerializer(many=True)
    grants = GrantSerializer(many=True)


class TeamsSerializer(Shape):
    teams = TeamSerializer(many=True)


class KeySerializer(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField()
    owner = serializers.CharField(allow_null=True)
    default_task = serializers.CharField()
    grants = GrantSerializer(many=True)
    created_at = serializers.DateTimeField()
    rotated_at = serializers.DateTimeField(allow_null=True)
    previous_until = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    revoked = serializers.BooleanField()


class KeysSerializer(Shape):
    keys = KeySerializer(many=True)


class IssuedKeySerializer(KeySerializer):
    secret = serializers.CharField(help_text="Shown this once.")


class QuotaSerializer(Shape):
    id = serializers.UUIDField()
    target = serializers.ChoiceField(Target.choices)
    only_for = serializers.CharField(allow_blank=True)
    measure = serializers.ChoiceField(Measure.choices)
    period = serializers.ChoiceField(Period.choices)
    limit = serializers.IntegerField(min_value=0)
    used = serializers.IntegerField(min_value=0)
    renews_at = serializers.DateTimeField()


class QuotasSerializer(Shape):
    quotas = QuotaSerializer(many=True)


# What is taken


class NewRoleSerializer(Body):
    slug = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=100)
    permissions = _names()


class ChangedRoleSerializer(Body):
    name = serializers.CharField(max_length=100, required=False)
    permissions = _names(required=False)


class NewGrantSerializer(Body):
    """A role, for everything or only for some bases, tasks (or business lines) and models."""

    role = serializers.CharField(max_length=60)
    bases = _names(required=False)
    tasks = _names(required=False)
    models = _names(required=False)


class TeamNamedSerializer(Body):
    name = serializers.CharField(max_length=100)


class NewKeySerializer(Body):
    name = serializers.CharField(max_length=100)
    role = serializers.CharField(max_length=60, required=False, default="channel")
    default_task = serializers.CharField(max_length=100, required=False, default="customer_service.ask")
    bases = _names(required=False)
    tasks = _names(required=False)
    models = _names(required=False)
    expires_at = serializers.DateTimeField(required=False)


class RotationSerializer(Body):
    grace_seconds = serializers.IntegerField(
        required=False, min_value=0, max_value=30 * 86400, help_text="How long the old secret stays good."
    )


class NewQuotaSerializer(Body):
    target = serializers.ChoiceField(Target.choices)
    only_for = serializers.UUIDField(
        required=False, help_text="The id of one member or key; without it the limit holds for each."
    )
    measure = serializers.ChoiceField(Measure.choices)
    period = serializers.ChoiceField(Period.choices)
    limit = serializers.IntegerField(min_value=0, max_value=2**53)
