from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("releases", "0004_row_security_of_gates")]
    operations = [
        migrations.AddField(
            model_name="release",
            name="adapter",
            field=models.UUIDField(null=True, verbose_name="adapter version"),
        ),
    ]
