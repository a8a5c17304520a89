"""The same picture anywhere in the organisation is found by its content."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0007_origin_of_documents_k4")]
    operations = [
        migrations.AddIndex(
            model_name="passage",
            index=models.Index(
                KeyTextTransform("sha256", "image"),
                name="passage_by_picture",
                condition=models.Q(("image__isnull", False)),
            ),
        ),
    ]
