from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import append_only, tenant_table


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_foundations"),
        ("evaluation", "0003_roles_of_suites_and_checks_of_adapters"),
    ]
    operations = [tenant_table("evaluation_adaptercheck"), append_only("evaluation_adaptercheck")]
