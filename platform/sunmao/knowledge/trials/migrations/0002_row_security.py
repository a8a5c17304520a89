from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table

TABLES = ("trial", "case", "expectation", "run", "result")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("trials", "0001_initial")]
    operations = [tenant_table(f"trials_{name}") for name in TABLES]
