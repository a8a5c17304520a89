from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contract_review", "0002_row_security")]
    operations = [
        migrations.AddField(
            model_name="finding", name="revision", field=models.PositiveIntegerField(default=0)
        )
    ]
