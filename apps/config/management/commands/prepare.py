"""Bring an installation up to date: schema, static files, the sample organisation. Changes nothing twice."""

from __future__ import annotations

import io
import json
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from apps.config import static
from sunmao.accounts import services as accounts
from sunmao.releases import sample


class Command(BaseCommand):
    help = "Migrate, collect static files and load the sample organisation; prints one line of JSON."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="only the line of JSON")
        parser.add_argument("--no-sample", action="store_true", help="leave the organisation out")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        executor = MigrationExecutor(connections["owner"])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False)
        accounts.renew_built_in_roles()
        static.collect_when_stale(settings.STATIC_ROOT)
        token = None if options["no_sample"] else sample.load()
        connections["default"].close()
        call_command("check", "--database", "default", stdout=io.StringIO())
        link = f"/first-run/{token}/" if token else None
        self.stdout.write(
            json.dumps({"first_run_url_path": link, "seconds": round(time.monotonic() - began, 2)})
        )
