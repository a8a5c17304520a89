from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("releases", "0005_adapter")]
    operations = [
        migrations.AddField(
            model_name="release",
            name="guards",
            field=models.JSONField(default=dict, verbose_name="guards"),
        ),
    ]
