from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table

TABLES = ("step", "removal", "annotation", "consent")


class Migration(migrations.Migration):
    dependencies = [("datasets", "0003_steps_annotations_and_consents")]
    operations = [tenant_table(f"datasets_{name}") for name in TABLES]
