"""Roles, keys, and the grants that give roles to members, teams and keys."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.models.people import Membership, Team, User
from sunmao.accounts.roles import built_in
from sunmao.core.errors import Message
from sunmao.core.models import TenantModel
from sunmao.core.permission import declared


class Role(TenantModel):
    """A built-in role has no name and no permissions of its own here: both follow the code."""

    slug = models.SlugField(_("name in addresses"), max_length=60)
    name = models.CharField(_("name"), max_length=100, blank=True)
    built_in = models.BooleanField(_("built in"), default=False)
    permissions = models.JSONField(_("permissions"), default=list, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ("-built_in", "created_at", "slug")
        constraints = [models.UniqueConstraint(fields=["organisation_id", "slug"], name="one_role_per_slug")]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def title(self) -> Message:
        known = built_in().get(self.slug) if self.built_in else None
        return known.title if known else self.name or self.slug

    @property
    def effective(self) -> frozenset[str]:
        """What the role gives today: of its own list only what some app still declares."""
        if self.built_in:
            known = built_in().get(self.slug)
            return known.permissions if known else frozenset()
        return frozenset(self.permissions) & frozenset(declared())

    @property
    def vertical(self) -> str:
        known = built_in().get(self.slug) if self.built_in else None
        return known.vertical if known else ""


class ApiKey(TenantModel):
    """A program's key. Only hashes are kept; the row is found by whoever presents the key.

    After a rotation the secret before it is good until `previous_until`.
    """

    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("prefix"), max_length=16, editable=False)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    previous_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001  unique, so that absent ones must be NULL
    previous_until = models.DateTimeField(_("secret before it valid until"), null=True, editable=False)
    default_task = models.CharField(_("default task"), max_length=100, default="customer_service.ask")
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, editable=False, verbose_name=_("owner")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    rotated_at = models.DateTimeField(_("renewed"), null=True, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Grant(TenantModel):
    """A role for one holder, for the whole organisation or narrowed; an empty list does not narrow."""

    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="grants", verbose_name=_("role"))
    member = models.ForeignKey(Membership, null=True, on_delete=models.CASCADE, related_name="grants")
    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE, related_name="grants")
    key = models.ForeignKey(ApiKey, null=True, on_delete=models.CASCADE, related_name="grants")
    bases = models.JSONField(_("knowledge bases"), default=list, blank=True)
    tasks = models.JSONField(_("tasks"), default=list, blank=True)
    model_names = models.JSONField(_("models"), default=list, blank=True)
    granted_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("given by")
    )
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        ordering = ("created_at", "id")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(member__isnull=False, team__isnull=True, key__isnull=True)
                | models.Q(member__isnull=True, team__isnull=False, key__isnull=True)
                | models.Q(member__isnull=True, team__isnull=True, key__isnull=False),
                name="one_holder_per_grant",
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} · {self.holder}"

    @property
    def holder(self) -> Membership | Team | ApiKey:
        found = self.member or self.team or self.key
        assert found is not None  # noqa: S101  the constraint sees to it
        return found
