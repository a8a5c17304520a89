from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("sources", "0001_initial")]
    operations = [
        # The plan looks for sources of every organisation that are due; it changes rows only inside their own.
        tenant_table("sources_source", also_visible="current_setting('app.maintenance', true) = 'sources'"),
        tenant_table("sources_sourceentry"),
    ]
