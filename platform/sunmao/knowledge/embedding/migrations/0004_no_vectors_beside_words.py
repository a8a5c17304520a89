"""What the migration before has moved leaves its old place, and nothing is written there any more."""

from __future__ import annotations

from django.db import migrations

GO = "ALTER TABLE knowledge_passage_vector DROP COLUMN dense"
COME = "ALTER TABLE knowledge_passage_vector ADD COLUMN dense halfvec"


class Migration(migrations.Migration):
    dependencies = [("embedding", "0003_vectors_of_before"), ("knowledge", "0006_days_in_force")]
    operations = [migrations.RunSQL(GO, COME)]
