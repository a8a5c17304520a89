"""How people get in: invitations, identity providers, rules, and what was tried.

`Attempts`, `SpentToken` and `ResetLink` belong to sign-ins, not to organisations: they are written before
anybody knows who is asking. They hold hashes only.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.models import User
from sunmao.core.crypto.fields import EncryptedTextField
from sunmao.core.ids import new_id
from sunmao.core.models import TenantModel


class Invitation(TenantModel):
    """A link that makes somebody a member, once. Only its hash is kept."""

    email = models.EmailField(_("e-mail"), blank=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    role = models.CharField(_("role"), max_length=60)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    # Whoever invited must still be allowed to when the link is used.
    invited_by_kind = models.CharField(max_length=20, editable=False)
    invited_by = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(_("sent"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)
    accepted_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, editable=False, verbose_name=_("person")
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-created_at", "-id")
        indexes = [
            # the list of an organisation's invitations, newest first
            models.Index(fields=["organisation_id", "-created_at"], name="invitation_by_time"),
        ]

    def __str__(self) -> str:
        return self.email or self.name or str(self.pk)


class MemberAddress(TenantModel):
    """An e-mail address that the organisation itself knows to be this member's.

    What another organisation, or an identity provider of another one, says about an address counts nothing
    here: a person is linked to a sign-in by these rows alone.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    email = models.EmailField()
    confirmed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # a sign-in that brings an address must find one person or none
            models.UniqueConstraint(
                fields=["organisation_id", "email"], name="one_member_per_address_and_organisation"
            )
        ]

    def __str__(self) -> str:
        return self.email


class Protocol(models.TextChoices):
    OIDC = "oidc", _("OpenID Connect")
    SAML = "saml", _("SAML 2.0")


class Connection(TenantModel):
    """An identity provider of one organisation. It is found by its slug before anybody is signed in."""

    slug = models.SlugField(_("address"), unique=True, max_length=60)
    name = models.CharField(_("name"), max_length=100)
    protocol = models.CharField(_("protocol"), max_length=10, choices=Protocol.choices)
    enabled = models.BooleanField(_("enabled"), default=True)
    listed = models.BooleanField(_("shown on the sign-in page"), default=True)
    domains = models.JSONField(_("e-mail domains"), default=list, blank=True)

    # The operator knows that the name and the domains are this organisation's. Strangers are shown no others.
    vouched = models.BooleanField(_("vouched for by the operator"), default=False, editable=False)

    # The permissions, and the built-in roles, of whoever saved it last; `*` is the operator. None is
    # from before they were kept, and counts as an administrator's.
    reach = models.JSONField(null=True, default=None, editable=False)

    just_in_time = models.BooleanField(_("makes new members"), default=False)
    default_role = models.CharField(_("role of new members"), max_length=60, blank=True)
    groups_claim = models.CharField(_("attribute with the groups"), max_length=200, blank=True)
    role_of_group = models.JSONField(_("role of each group"), default=dict, blank=True)
    trusts_email = models.BooleanField(_("its e-mail addresses are verified"), default=False)
    provides_second_factor = models.BooleanField(_("asks for a second factor itself"), default=False)

    issuer = models.CharField(_("issuer or entity id"), max_length=500)
    client_id = models.CharField(_("client id"), max_length=255, blank=True)
    client_secret = EncryptedTextField(_("client secret"), blank=True, default="")
    sign_in_url = models.URLField(_("sign-in address of the provider"), max_length=500, blank=True)
    certificate = models.TextField(_("certificate of the provider"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("identity provider")
        verbose_name_plural = _("identity providers")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Identity(TenantModel):
    """Who somebody is at an identity provider, and which person that is here."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="identities")
    subject = models.CharField(max_length=255)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # one subject of a provider is one person
            models.UniqueConstraint(fields=["connection", "subject"], name="one_person_per_subject")
        ]

    def __str__(self) -> str:
        return f"{self.subject} · {self.connection}"


class Policy(TenantModel):
    """What an organisation asks of its members' sign-in."""

    second_factor_roles = models.JSONField(_("roles that need a second factor"), default=list, blank=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("sign-in rule")
        verbose_name_plural = _("sign-in rules")
        constraints = [
            models.UniqueConstraint(fields=["organisation_id"], name="one_sign_in_policy_per_organisation")
        ]

    def __str__(self) -> str:
        return str(_("Sign-in rules"))


class Attempts(models.Model):
    """How often a secret was tried in vain, by a keyed hash of whose secret it was and where from."""

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField()
    last_at = models.DateTimeField(db_index=True)  # old rows are swept by it
    locked_until = models.DateTimeField(null=True)
    proven_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.key[:8]


class SpentToken(models.Model):
    """Something that may be used once: an assertion, a nonce, a code of a second factor."""

    hash = models.CharField(max_length=64, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)  # old rows are swept by it

    def __str__(self) -> str:
        return self.hash[:8]


class ResetLink(models.Model):
    """A link with which somebody chooses a new password, once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE)
    hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"reset of {self.user}"


__all__ = [
    "Attempts",
    "Connection",
    "Identity",
    "Invitation",
    "MemberAddress",
    "Policy",
    "Protocol",
    "ResetLink",
    "SpentToken",
]
