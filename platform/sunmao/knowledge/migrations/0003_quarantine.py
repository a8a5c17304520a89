"""Passages that look as if they gave orders to the model are held back until somebody has looked at them.

Vectors carry the mark as well, so that no search joins another table for it.
"""

from __future__ import annotations

from django.db import migrations, models

HELD = "ALTER TABLE knowledge_passage_vector ADD COLUMN held boolean NOT NULL DEFAULT false"
STATES = [("", "Never held"), ("held", "In quarantine"), ("released", "Released"), ("removed", "Removed")]


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0002_vectors")]
    operations = [
        migrations.AlterModelOptions(
            "passage",
            {
                "ordering": ("revision", "ordinal"),
                "verbose_name": "passage",
                "verbose_name_plural": "passages",
            },
        ),
        migrations.AddField(
            "passage",
            "quarantine",
            models.CharField(
                blank=True, choices=STATES, default="", max_length=10, verbose_name="state of quarantine"
            ),
        ),
        migrations.AddField("passage", "suspicion", models.JSONField(default=dict)),
        migrations.AddIndex(
            "passage",
            models.Index(
                condition=~models.Q(quarantine=""),
                fields=["organisation_id", "quarantine"],
                name="passage_in_quarantine",
            ),
        ),
        migrations.RunSQL(HELD, "ALTER TABLE knowledge_passage_vector DROP COLUMN held"),
    ]
