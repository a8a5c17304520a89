"""The name of whoever started a job is sealed with their own key; there is no way back."""

from __future__ import annotations

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from sunmao.core.crypto.converting import Table, seal_existing
from sunmao.core.crypto.fields import PersonTextField

# Jobs of before know a name only. Where no member has it, the name is nobody's that could be erased.
PERSON = """(
    SELECT 'user:' || u.id FROM accounts_user u JOIN accounts_membership m ON m.user_id = u.id
    WHERE jobs_job.created_by IN (u.username, trim(u.first_name || ' ' || u.last_name))
    ORDER BY u.date_joined LIMIT 1)"""


def whose(person: str | None) -> tuple[str, str]:
    return person or "system:None", ""


JOBS = Table(name="jobs_job", sealed=("created_by",), about=(PERSON,), who=whose)


def seal(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    seal_existing(apps, editor, [JOBS])


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_person_keys"),
        ("accounts", "0001_initial"),
        ("jobs", "0002_row_security"),
    ]
    operations = [
        migrations.AddField("job", "person_key", models.UUIDField(null=True)),
        migrations.AlterField("job", "created_by", PersonTextField("started by", null=True)),
        migrations.RunPython(seal),
        migrations.AddIndex("job", models.Index(fields=["person_key"], name="job_of_person")),
    ]
