"""How a document came into its base is written with it; of earlier ones it is not known."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0006_days_in_force")]

    operations = [
        migrations.AddField(
            model_name="document",
            name="origin",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Not known"),
                    ("console", "Uploaded in the console"),
                    ("api", "Uploaded by the API"),
                    ("shell", "Read in from the command line"),
                    ("source", "Brought by a source"),
                    ("member", "Inside another document"),
                    ("sample", "Sample of this installation"),
                ],
                db_default="",
                default="",
                editable=False,
                max_length=20,
                verbose_name="origin",
            ),
        ),
    ]
