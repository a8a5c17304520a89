"""`member invite|invitations|withdraw|list|remove|reset|unlock|confirm`: people, from the command line.

An offline installation has no mail: links are printed, to be handed over.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.urls import reverse
from django.utils.translation import gettext as _

from sunmao.accounts import selectors, services
from sunmao.accounts.command import actor_from
from sunmao.accounts.models import Membership
from sunmao.accounts.presenting import member_as_dict
from sunmao.accounts.signin import invitations, passwords, people
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand

VERBS = ("invite", "invitations", "withdraw", "list", "remove", "reset", "unlock", "confirm")


class Command(StackCommand):
    help = "Invite, list and remove members; hand out links for a new password; end a lock-out."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("verb", choices=VERBS)
        parser.add_argument(
            "name", nargs="?", default="", help="a username; of `withdraw` an invitation's id"
        )
        parser.add_argument("--role", default="end_user", help="of `invite` (default: end_user)")
        parser.add_argument("--email", default="", help="of `invite` and `confirm`")
        parser.add_argument(
            "--second-factor", action="store_true", help="of `reset`: remove second factors instead"
        )
        parser.add_argument("--url", default="", help="the address of this installation, put before links")

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        verb = options["verb"]
        if verb == "invite":
            issued = invitations.invite(
                actor=actor, role=options["role"], email=options["email"], name=options["name"]
            )
            told = invitations.as_dict(issued.invitation)
            self._link("portal:invitation", issued.token, told, options)
        elif verb == "invitations":
            self._invitations(actor, options)
        elif verb == "list":
            self._members(actor, options)
        elif verb == "withdraw":
            with tenancy.scope(actor.organisation_id):
                found = invitations.visible_invitation(actor=actor, reference=options["name"])
            invitations.withdraw(actor=actor, invitation=found)
        else:
            self._about(actor, verb, _member(actor, options["name"]), options)

    def _about(self, actor: Actor, verb: str, member: Membership, options: dict[str, Any]) -> None:
        """Whoever has a shell runs the installation, and may reset those of several organisations, too."""
        if verb == "remove":
            services.remove_member(actor=actor, membership=member)
        elif verb == "unlock":
            people.unlock(actor=actor, membership=member)
        elif verb == "confirm":
            people.confirm_address(actor=actor, membership=member, email=options["email"])
        elif options["second_factor"]:
            people.remove_second_factors(actor=actor, membership=member, across=True)
        else:
            token = passwords.issue_reset_link(actor=actor, user=member.user, across=True)
            told = {"username": member.user.get_username()}
            self._link("portal:reset_password", token, told, options)

    def _link(self, page: str, token: str, told: dict[str, Any], options: dict[str, Any]) -> None:
        base = options["url"] or next(iter(settings.CSRF_TRUSTED_ORIGINS), "")
        link = base.rstrip("/") + reverse(page, args=[token])
        if not self.emit({**told, "link": link}, options):
            self.stdout.write(link)

    def _invitations(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            rows = [invitations.as_dict(one) for one in invitations.invitations_visible_to(actor)]
        if not self.emit({"invitations": rows}, options):
            names = ("id", "email", "name", "role", "state", "expires_at")
            header = ("id", _("e-mail"), _("name"), _("role"), _("state"), _("expires"))
            self.table(header, [tuple(row[name] for name in names) for row in rows])

    def _members(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            rows = [member_as_dict(one) for one in selectors.members_visible_to(actor)]
        for row in rows:
            row["sign_in"] = people.sign_in_of(actor=actor, membership=_member(actor, row["username"]))
        if not self.emit({"members": rows}, options):
            header = (_("username"), _("name"), _("roles"), _("second factors"), _("locked until"))
            self.table(header, [_cells(row) for row in rows])


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    roles = ", ".join(grant["role"] for grant in row["grants"])
    state = row["sign_in"]
    return (
        row["username"], row["name"], roles, ", ".join(state["second_factors"]), state["locked_until"] or "",
    )  # fmt: skip


def _member(actor: Actor, username: str) -> Membership:
    with tenancy.scope(actor.organisation_id):
        found = selectors.members_visible_to(actor).filter(user__username=username).first()
    if found is None:
        raise CommandError(_("The organisation has no member of this name."))
    return found
