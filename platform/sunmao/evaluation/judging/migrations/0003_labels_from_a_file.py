from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("judging", "0002_row_security")]
    operations = [
        migrations.AlterField(
            model_name="calibration",
            name="round",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="calibrations",
                to="judging.round",
            ),
        ),
        migrations.AddField(
            model_name="calibration",
            name="labels",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="calibration",
            name="mode",
            field=models.CharField(blank=True, max_length=20),
        ),
    ]
