from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table

TABLES = ("sweep", "training", "figure", "export", "collection")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("runs", "0001_trainings")]
    operations = [tenant_table(f"runs_{name}") for name in TABLES]
