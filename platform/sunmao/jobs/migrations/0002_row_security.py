from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("jobs", "0001_initial")]
    operations = [
        # The sweeper looks for lost work of every organisation; it changes rows only inside their own.
        tenant_table("jobs_job", also_visible="current_setting('app.maintenance', true) = 'sweep'"),
    ]
