from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import append_only, tenant_table


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("prompts", "0001_initial")]
    operations = [
        tenant_table("prompts_prompt"),
        tenant_table("prompts_promptversion"),
        append_only("prompts_promptversion"),
    ]
