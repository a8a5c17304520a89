"""A base may have vectors of its pictures beside those of its words."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("embedding", "0004_no_vectors_beside_words")]
    operations = [
        migrations.RemoveConstraint(model_name="space", name="one_serving_space"),
        migrations.AddField(
            model_name="space",
            name="medium",
            field=models.CharField(
                choices=[("text", "Words"), ("picture", "Pictures")],
                default="text",
                max_length=10,
                verbose_name="made of",
            ),
        ),
        migrations.AddConstraint(
            model_name="space",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "serving")),
                fields=("base", "medium", "language"),
                name="one_serving_space",
            ),
        ),
    ]
