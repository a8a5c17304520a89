"""What reading a file finds besides its text: remarks, wider spans, pictures, and where the file came from."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0003_quarantine")]
    operations = [
        migrations.AddField(
            "document",
            "source",
            models.CharField(blank=True, default="", max_length=2000, verbose_name="source"),
            preserve_default=False,
        ),
        migrations.AddField(
            "document",
            "member_of",
            models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="members",
                to="knowledge.document",
            ),
        ),
        migrations.AddField("revision", "remarks", models.JSONField(default=list, verbose_name="remarks")),
        migrations.AddField("passage", "parent_start", models.PositiveIntegerField(null=True)),
        migrations.AddField("passage", "parent_end", models.PositiveIntegerField(null=True)),
        migrations.AddField("passage", "image", models.JSONField(null=True)),
    ]
