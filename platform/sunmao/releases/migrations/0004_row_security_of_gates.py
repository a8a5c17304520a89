from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import append_only, tenant_table

SWEPT = "current_setting('app.maintenance', true) = 'sweep'"


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("releases", "0003_gates")]
    operations = [
        *(tenant_table(f"releases_{name}") for name in ("gatereport", "approval", "shift")),
        *(append_only(f"releases_{name}") for name in ("gatereport", "approval", "shift")),
        # The clock looks for tripwires and for releases in the shadow, of all organisations.
        tenant_table("releases_rules", also_visible=SWEPT),
        tenant_table("releases_split", also_visible=SWEPT),
    ]
