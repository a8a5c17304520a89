from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("tooling", "0001_initial")]
    operations = [
        tenant_table("tooling_tooluse"),
        tenant_table("tooling_server"),
        tenant_table("tooling_outsidetool"),
    ]
