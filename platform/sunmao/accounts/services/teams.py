from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.accounts import policies
from sunmao.accounts.models import Grant, Membership, Team, TeamMember
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, InvalidInput

LONGEST_NAME = 100


class TeamExists(Conflict):
    code = "team_exists"
    default_message = _("There is a team of this name already.")


@transaction.atomic
def create_team(*, actor: Actor, name: str) -> Team:
    actor.require("accounts.team.manage")
    clean = _clean(name)
    with tenancy.scope(actor.organisation_id):
        team, created = Team.objects.get_or_create(name=clean)
        if not created:
            raise TeamExists(fields={"name": clean})
        audit.record(actor=actor, verb="team.created", subject=team, name=clean)
    return team


@transaction.atomic
def rename_team(*, actor: Actor, team: Team, name: str) -> Team:
    actor.require("accounts.team.manage")
    clean = _clean(name)
    with tenancy.scope(actor.organisation_id):
        if Team.objects.filter(name=clean).exclude(pk=team.pk).exists():
            raise TeamExists(fields={"name": clean})
        row = Team.objects.select_for_update().get(pk=team.pk)
        if row.name != clean:
            before, row.name = row.name, clean
            row.save(update_fields=["name"])
            audit.record(
                actor=actor, verb="team.renamed", subject=row, before={"name": before}, after={"name": clean}
            )
    return row


@transaction.atomic
def add_to_team(*, actor: Actor, team: Team, member: Membership) -> None:
    """The member gets what the team has, so that it takes those rights to add somebody."""
    actor.require("accounts.team.manage")
    with tenancy.scope(actor.organisation_id):
        policies.require_cover(actor, _grants(team))
        _row, created = TeamMember.objects.get_or_create(team=team, member=member)
        if created:
            _record(actor, "team.joined", team, member)


@transaction.atomic
def remove_from_team(*, actor: Actor, team: Team, member: Membership) -> None:
    actor.require("accounts.team.manage")
    with tenancy.scope(actor.organisation_id), policies.keeping_an_owner(actor.organisation_id):
        policies.require_cover(actor, _grants(team))
        if TeamMember.objects.filter(team=team, member=member).delete()[0]:
            _record(actor, "team.left", team, member)


@transaction.atomic
def remove_team(*, actor: Actor, team: Team) -> None:
    """Its members stay members; what they had through the team ends."""
    actor.require("accounts.team.manage")
    with tenancy.scope(actor.organisation_id), policies.keeping_an_owner(actor.organisation_id):
        held = list(_grants(team))
        policies.require_cover(actor, held)
        if Team.objects.filter(pk=team.pk).delete()[0]:
            roles = [grant.role.slug for grant in held]
            audit.record(actor=actor, verb="team.removed", subject=team, name=team.name, roles=roles)


def _record(actor: Actor, verb: str, team: Team, member: Membership) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        subject=team,
        team=team.name,
        member=str(member.pk),
        person=f"user:{member.user_id}",
        personal={"username": member.user.username},
    )


def _grants(team: Team) -> list[Grant]:
    return list(Grant.objects.filter(team=team).select_related("role"))


def _clean(name: str) -> str:
    clean = name.strip()
    if not clean or len(clean) > LONGEST_NAME or not clean.isprintable():
        raise InvalidInput(fields={"name": _("Use at most 100 printable characters.")})
    return clean
