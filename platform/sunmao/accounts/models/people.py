"""People and organisations.

`Organisation` and `User` are the registry of tenants and of sign-ins; they carry nothing of a tenant's
business and are not under row-level security. Everything else in this package is.
"""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.ids import new_id
from sunmao.core.models import TenantModel


class Organisation(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    enabled_verticals = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    language = models.CharField(max_length=10, blank=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")


class Membership(TenantModel):
    """That a person belongs to an organisation; what they may do there stands in grants.

    The person may see their own memberships before choosing one.
    """

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("person")
    )
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "user"], name="one_membership_per_organisation"
            )
        ]

    def __str__(self) -> str:
        return str(self.user)


class Team(TenantModel):
    """Members who hold some grants together."""

    name = models.CharField(_("name"), max_length=100)
    members = models.ManyToManyField(
        Membership, through="TeamMember", related_name="teams", verbose_name=_("members")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["organisation_id", "name"], name="one_team_per_name")]

    def __str__(self) -> str:
        return self.name


class TeamMember(TenantModel):
    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    member = models.ForeignKey(Membership, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "member"], name="once_in_a_team")]

    def __str__(self) -> str:
        return f"{self.member} · {self.team}"


class FirstRunLink(models.Model):
    """A link that lets the administrator of a new installation choose a password, once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE)
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"first run of {self.user}"
