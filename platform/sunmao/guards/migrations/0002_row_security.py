from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [("core", "0002_person_keys"), ("guards", "0001_initial")]
    operations = [tenant_table("guards_personaldatapolicy"), tenant_table("guards_surrogatemap")]
