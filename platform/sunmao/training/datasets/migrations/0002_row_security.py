from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table

TABLES = ("dataset", "version", "row")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("datasets", "0001_examples")]
    operations = [tenant_table(f"datasets_{name}") for name in TABLES]
