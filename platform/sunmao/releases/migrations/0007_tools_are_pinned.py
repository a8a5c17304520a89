from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("releases", "0006_guards_are_pinned")]
    operations = [
        migrations.AddField(
            model_name="release",
            name="tools",
            field=models.JSONField(default=dict, verbose_name="tools"),
        ),
    ]
