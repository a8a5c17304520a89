"""`apikey create|list|revoke`: keys of channels from the command line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from sunmao.accounts import services
from sunmao.accounts.command import actor_from
from sunmao.accounts.models import ApiKey
from sunmao.accounts.roles import KEY_ROLES, Role
from sunmao.core import tenancy
from sunmao.core.command import StackCommand


class Command(StackCommand):
    help = "Create, list or revoke API keys. A secret is shown once, when the key is made."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("verb", choices=["create", "list", "revoke"])
        parser.add_argument("name", nargs="?", default="")
        parser.add_argument(
            "--task", default="customer_service.ask", help="what /api/v1/qa runs for this key"
        )
        parser.add_argument("--role", default=Role.CHANNEL, choices=[str(role.value) for role in KEY_ROLES])
        parser.add_argument(
            "--base", action="append", default=[], help="narrow the key to a base (repeatable)"
        )

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        if options["verb"] != "list" and not options["name"]:
            raise CommandError(_("Name the key."))
        if options["verb"] == "create":
            issued = services.create_api_key(
                actor=actor,
                name=options["name"],
                default_task=options["task"],
                bases=options["base"],
                role=options["role"],
            )
            if not self.emit({"name": issued.key.name, "key": issued.secret}, options):
                self.stdout.write(issued.secret)
            return
        actor.require("accounts.key.manage")
        with tenancy.scope(actor.organisation_id):
            keys = list(ApiKey.objects.order_by("created_at"))
        if options["verb"] == "revoke":
            services.revoke_api_key(actor=actor, key=_the_one(keys, options["name"]))
            return
        rows = [
            {
                "name": key.name,
                "prefix": key.prefix,
                "revoked": bool(key.revoked_at),
                "last_used": str(key.last_used_at or ""),
            }
            for key in keys
        ]
        if not self.emit({"keys": rows}, options):
            self.table(
                (_("name"), _("prefix"), _("revoked"), _("last used")), [tuple(row.values()) for row in rows]
            )


def _the_one(keys: list[ApiKey], name: str) -> ApiKey:
    """The key of this name that is not revoked yet, or of this prefix where several have the name."""
    found = [key for key in keys if not key.revoked_at and name in (key.name, key.prefix)]
    if not found:
        raise CommandError(_("No key is called %(name)s.") % {"name": name})
    if len(found) > 1:
        raise CommandError(_("Several keys are called %(name)s; give the prefix instead.") % {"name": name})
    return found[0]
