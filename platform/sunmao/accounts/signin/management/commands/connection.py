"""`connection save|list|show|vouch|remove|rules`: identity providers and sign-in rules, from the shell."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from sunmao.accounts.command import actor_from
from sunmao.accounts.selectors import organisation_by_slug
from sunmao.accounts.signin import connections, rules
from sunmao.accounts.signin.models import Connection
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand, json_input


class Command(StackCommand):
    help = "Connect identity providers (OpenID Connect, SAML), and say which roles need a second factor."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("verb", choices=["save", "list", "show", "vouch", "remove", "rules"])
        parser.add_argument("slug", nargs="?", default="")
        parser.add_argument("--input", metavar="JSON|-", help="of `save`: the fields to set")
        parser.add_argument(
            "--second-factor", metavar="ROLE", nargs="*", help="of `rules`: who needs one; none for nobody"
        )

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        match options["verb"]:
            case "rules":
                self._rules(actor, options)
            case "list":
                self._list(actor, options)
            case "save":
                self._save(actor, options)
            case "show":
                self._show(_the_one(actor, options["slug"]), options)
            case "vouch":
                organisation = organisation_by_slug(options["org"])
                self._show(connections.vouch(organisation=organisation, slug=options["slug"]), options)
            case "remove":
                connections.remove_connection(actor=actor, connection=_the_one(actor, options["slug"]))

    def _save(self, actor: Actor, options: dict[str, Any]) -> None:
        """A slug that exists is changed, another one is made."""
        if not options["slug"] or not options["input"]:
            raise CommandError(_("Name the provider and give its fields with --input."))
        given = json_input(options["input"])
        if not isinstance(given, dict):
            raise CommandError(_("The fields must be a JSON object."))
        with tenancy.scope(actor.organisation_id):
            known = connections.connections_visible_to(actor).filter(slug=options["slug"]).first()
        values = given if known else {"slug": options["slug"], **given}
        self._show(connections.save_connection(actor=actor, values=values, connection=known), options)

    def _show(self, connection: Connection, options: dict[str, Any]) -> None:
        told = connections.as_dict(connection)
        if not self.emit(told, options):
            self.table((_("field"), _("value")), [(name, value) for name, value in told.items()])

    def _list(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            rows = [connections.as_dict(one) for one in connections.connections_visible_to(actor)]
        if not self.emit({"connections": rows}, options):
            names = ("slug", "name", "protocol", "enabled", "vouched", "issuer")
            header = (_("address"), _("name"), _("protocol"), _("enabled"), _("vouched for"), _("issuer"))
            self.table(header, [tuple(row[name] for name in names) for row in rows])

    def _rules(self, actor: Actor, options: dict[str, Any]) -> None:
        if options["second_factor"] is None:
            with tenancy.scope(actor.organisation_id):
                policy = rules.policy_of(actor)
        else:
            policy = rules.require_second_factor(actor=actor, roles=options["second_factor"])
        told = {"second_factor_roles": policy.second_factor_roles}
        if not self.emit(told, options):
            self.stdout.write(", ".join(policy.second_factor_roles) or _("Nobody needs a second factor."))


def _the_one(actor: Actor, slug: str) -> Connection:
    with tenancy.scope(actor.organisation_id):
        return connections.visible_connection(actor=actor, reference=slug)
