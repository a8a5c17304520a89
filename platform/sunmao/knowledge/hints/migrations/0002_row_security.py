from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("hints", "0001_hints")]
    operations = [tenant_table("hints_hint")]
