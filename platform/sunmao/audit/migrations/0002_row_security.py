from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import append_only, tenant_table


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("audit", "0001_initial")]
    operations = [
        tenant_table("audit_entry"),
        append_only("audit_entry"),
    ]
