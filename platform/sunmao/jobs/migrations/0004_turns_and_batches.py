"""Organisations take turns, and jobs that were started together are known as one batch."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_whose_job")]
    operations = [
        migrations.AddField("job", "queued_at", models.DateTimeField(db_default=Now())),
        migrations.AddField("job", "batch", models.UUIDField(null=True)),
        migrations.AddIndex(
            "job",
            models.Index(
                fields=["queue", "organisation_id", "queued_at", "id"],
                name="job_turn",
                condition=models.Q(state="queued"),
            ),
        ),
        migrations.AddIndex(
            "job",
            models.Index(
                fields=["queue", "organisation_id"], name="job_in_flight", condition=models.Q(state="running")
            ),
        ),
        migrations.AddIndex(
            "job", models.Index(fields=["queue", "organisation_id", "-started_at"], name="job_served")
        ),
        migrations.AddIndex(
            "job", models.Index(fields=["batch"], name="job_batch", condition=models.Q(batch__isnull=False))
        ),
    ]
