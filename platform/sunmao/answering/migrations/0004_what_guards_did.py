from __future__ import annotations

from django.db import migrations, models

OUTCOMES = [
    ("answered", "Answered"),
    ("unanswered", "Not found"),
    ("stopped", "Stopped"),
    ("withheld", "Withheld"),
]


class Migration(migrations.Migration):
    dependencies = [("answering", "0003_sealed_texts")]
    operations = [
        migrations.AddField("answerrecord", "guards", models.JSONField(default=dict)),
        migrations.AlterField(
            "answerrecord",
            "outcome",
            models.CharField(choices=OUTCOMES, max_length=20, verbose_name="outcome"),
        ),
    ]
