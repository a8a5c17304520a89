from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import append_only, tenant_table


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("answering", "0001_initial")]
    operations = [
        tenant_table("answering_conversation"),
        tenant_table("answering_exchange", also_visible="current_setting('app.maintenance', true) = 'sweep'"),
        tenant_table("answering_answerrecord"),
        append_only("answering_answerrecord"),
    ]
