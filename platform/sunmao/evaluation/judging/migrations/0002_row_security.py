from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table

TABLES = ("judge", "round", "item", "assignment", "rating", "calibration")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("judging", "0001_judges_and_ratings")]
    operations = [tenant_table(f"judging_{name}") for name in TABLES]
