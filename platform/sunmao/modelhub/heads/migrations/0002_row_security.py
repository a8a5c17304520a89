from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("heads", "0001_initial")]
    operations = [tenant_table("heads_head"), tenant_table("heads_headversion")]
