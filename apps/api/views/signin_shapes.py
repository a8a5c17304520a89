"""Bodies and answers of the endpoints about signing in."""

from __future__ import annotations

from rest_framework import serializers

from apps.api.views.access_shapes import Body
from apps.api.views.schemas import Shape

PROTOCOLS = ("oidc", "saml")


class InvitationSerializer(Shape):
    id = serializers.UUIDField()
    email = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True)
    role = serializers.CharField()
    state = serializers.RegexField("^(open|accepted|withdrawn|expired)$")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)


class InvitationsSerializer(Shape):
    invitations = InvitationSerializer(many=True)


class IssuedInvitationSerializer(InvitationSerializer):
    link = serializers.CharField(help_text="Shown this once. Whoever opens it can accept.")
    mailed = serializers.BooleanField(help_text="Whether it left by mail, too.")


class NewInvitationSerializer(Body):
    role = serializers.CharField(max_length=60)
    email = serializers.EmailField(required=False, allow_blank=True, default="")
    name = serializers.CharField(required=False, allow_blank=True, default="", max_length=150)


class ConnectionSerializer(Shape):
    slug = serializers.CharField()
    name = serializers.CharField()
    protocol = serializers.CharField()
    enabled = serializers.BooleanField()
    listed = serializers.BooleanField()
    domains = serializers.ListField(child=serializers.CharField())
    just_in_time = serializers.BooleanField()
    default_role = serializers.CharField(allow_blank=True)
    groups_claim = serializers.CharField(allow_blank=True)
    role_of_group = serializers.DictField(child=serializers.CharField())
    trusts_email = serializers.BooleanField()
    provides_second_factor = serializers.BooleanField()
    issuer = serializers.CharField()
    client_id = serializers.CharField(allow_blank=True)
    has_client_secret = serializers.BooleanField()
    vouched = serializers.BooleanField(
        help_text="The operator vouched for its name and domains: strangers are shown it at the door."
    )
    sign_in_url = serializers.CharField(allow_blank=True)
    certificate = serializers.CharField(allow_blank=True)


class ConnectionsSerializer(Shape):
    connections = ConnectionSerializer(many=True)


class ChangedConnectionSerializer(Body):
    name = serializers.CharField(max_length=100, required=False)
    enabled = serializers.BooleanField(required=False)
    listed = serializers.BooleanField(required=False)
    domains = serializers.ListField(
        child=serializers.CharField(max_length=253), max_length=50, required=False
    )
    just_in_time = serializers.BooleanField(required=False)
    default_role = serializers.CharField(max_length=60, required=False, allow_blank=True)
    groups_claim = serializers.CharField(max_length=200, required=False, allow_blank=True)
    role_of_group = serializers.DictField(child=serializers.CharField(max_length=60), required=False)
    trusts_email = serializers.BooleanField(required=False)
    provides_second_factor = serializers.BooleanField(required=False)
    issuer = serializers.CharField(max_length=500, required=False)
    client_id = serializers.CharField(max_length=255, required=False, allow_blank=True)
    client_secret = serializers.CharField(
        max_length=1000, required=False, allow_blank=True, help_text="Never sent back."
    )
    sign_in_url = serializers.URLField(max_length=500, required=False, allow_blank=True)
    certificate = serializers.CharField(max_length=20_000, required=False, allow_blank=True)


class NewConnectionSerializer(ChangedConnectionSerializer):
    slug = serializers.SlugField(max_length=60)
    name = serializers.CharField(max_length=100)
    protocol = serializers.ChoiceField(PROTOCOLS)
    issuer = serializers.CharField(max_length=500)


class RulesSerializer(Shape):
    second_factor_roles = serializers.ListField(child=serializers.CharField())


class NewRulesSerializer(Body):
    second_factor_roles = serializers.ListField(child=serializers.CharField(max_length=60), max_length=100)


class SignInStateSerializer(Shape):
    second_factors = serializers.ListField(child=serializers.RegexField("^(totp|passkey)$"))
    locked_until = serializers.DateTimeField(allow_null=True)
    belongs_elsewhere = serializers.BooleanField(
        help_text="Only the operator of the installation resets such a person's credentials."
    )


class ResetLinkSerializer(Shape):
    link = serializers.CharField(help_text="Shown this once. Whoever opens it chooses the password.")


class ConfirmedAddressSerializer(Body):
    email = serializers.EmailField()
