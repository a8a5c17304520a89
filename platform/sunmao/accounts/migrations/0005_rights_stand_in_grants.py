from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_row_security_of_roles")]
    operations = [
        migrations.RemoveField(model_name="membership", name="role"),
        migrations.RemoveField(model_name="apikey", name="role"),
        migrations.RemoveField(model_name="apikey", name="bases"),
        migrations.RemoveField(model_name="apikey", name="tasks"),
    ]
