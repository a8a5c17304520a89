from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("accounts", "0001_initial")]
    operations = [
        tenant_table(
            "accounts_membership",
            also_visible="user_id = nullif(current_setting('app.user_id', true), '')::uuid",
        ),
        # Whoever presents a key may see its row before the organisation is known.
        tenant_table("accounts_apikey", also_visible="hash = current_setting('app.api_key_hash', true)"),
    ]
