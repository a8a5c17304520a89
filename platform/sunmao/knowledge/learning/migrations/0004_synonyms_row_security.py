"""Row-level security for synonyms."""

from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("learning", "0003_synonyms")]
    operations = [tenant_table("learning_synonyms")]
