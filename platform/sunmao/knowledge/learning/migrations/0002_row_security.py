"""The words of a confirmed question, which only SQL reads, and row-level security."""

from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("learning", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE learning_confirmedquestion ADD COLUMN lexical sparsevec(536870912)",
            "ALTER TABLE learning_confirmedquestion DROP COLUMN lexical",
        ),
        tenant_table("learning_confirmedquestion"),
        tenant_table("learning_ranking"),
    ]
