"""`apikey create|list|rotate|revoke`: keys of programs from the command line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from sunmao.accounts import services
from sunmao.accounts.command import actor_from
from sunmao.accounts.models import ApiKey
from sunmao.accounts.presenting import key_as_dict
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import keys_visible_to
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.command import StackCommand


class Command(StackCommand):
    help = "Create, list, rotate or revoke API keys. A secret is shown once, when it is made."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("verb", choices=["create", "list", "rotate", "revoke"])
        parser.add_argument("name", nargs="?", default="")
        parser.add_argument(
            "--task", default="customer_service.ask", help="what /api/v1/qa runs for this key"
        )
        parser.add_argument("--role", default=BuiltIn.CHANNEL, help="what the key may do (default: channel)")
        narrow: dict[str, Any] = {"action": "append", "default": []}
        parser.add_argument("--base", help="narrow the key to a base (repeatable)", **narrow)
        parser.add_argument("--only-task", help="narrow it to a task or business line (repeatable)", **narrow)
        parser.add_argument("--model", help="narrow it to a model or engine (repeatable)", **narrow)
        parser.add_argument("--days", type=int, help="how long the key lives")
        parser.add_argument("--grace-hours", type=float, help="how long the secret before a rotation is good")

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        if options["verb"] != "list" and not options["name"]:
            raise CommandError(_("Name the key."))
        if options["verb"] == "create":
            self._issued(_create(actor, options), options)
            return
        with tenancy.scope(actor.organisation_id):
            keys = list(keys_visible_to(actor))
        if options["verb"] == "list":
            self._list(actor, keys, options)
            return
        key = _the_one(keys, options["name"])
        if options["verb"] == "revoke":
            services.revoke_api_key(actor=actor, key=key)
            return
        hours = options["grace_hours"]
        grace = None if hours is None else timedelta(hours=hours)
        self._issued(services.rotate_api_key(actor=actor, key=key, grace=grace), options)

    def _issued(self, issued: services.IssuedKey, options: dict[str, Any]) -> None:
        if not self.emit({"name": issued.key.name, "key": issued.secret}, options):
            self.stdout.write(issued.secret)

    def _list(self, actor: Actor, keys: list[ApiKey], options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            rows = [key_as_dict(key) for key in keys]
        if self.emit({"keys": rows}, options):
            return
        header = (_("name"), _("prefix"), _("roles"), _("revoked"), _("expires"), _("last used"))
        self.table(
            header,
            [
                (
                    row["name"],
                    row["prefix"],
                    ", ".join(grant["role"] for grant in row["grants"]),
                    row["revoked"],
                    row["expires_at"] or "",
                    row["last_used_at"] or "",
                )
                for row in rows
            ],
        )


def _create(actor: Actor, options: dict[str, Any]) -> services.IssuedKey:
    days = options["days"]
    return services.create_api_key(
        actor=actor,
        name=options["name"],
        default_task=options["task"],
        bases=options["base"],
        tasks=options["only_task"],
        models=options["model"],
        role=options["role"],
        expires_at=None if days is None else now() + timedelta(days=days),
    )


def _the_one(keys: list[ApiKey], name: str) -> ApiKey:
    """The key of this name that is not revoked yet, or of this prefix where several have the name."""
    found = [key for key in keys if not key.revoked_at and name in (key.name, key.prefix)]
    if not found:
        raise CommandError(_("No key is called %(name)s.") % {"name": name})
    if len(found) > 1:
        raise CommandError(_("Several keys are called %(name)s; give the prefix instead.") % {"name": name})
    return found[0]
