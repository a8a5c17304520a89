from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table

TABLES = ("suite", "case", "run", "result", "shadowanswer")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("evaluation", "0001_initial")]
    operations = [tenant_table(f"evaluation_{name}") for name in TABLES]
