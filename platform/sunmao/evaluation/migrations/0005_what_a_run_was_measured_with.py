from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0004_row_security_of_adapter_checks")]
    operations = [
        migrations.AddField(
            model_name="run",
            name="setting",
            field=models.JSONField(default=dict),
        ),
    ]
