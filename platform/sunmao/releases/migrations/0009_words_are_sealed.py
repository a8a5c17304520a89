"""Who decided about a release and in what words is sealed with their own key; there is no way back."""

from __future__ import annotations

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from sunmao.core.crypto.converting import Table, seal_existing
from sunmao.core.crypto.fields import PersonTextField

IMMUTABLE = "ALTER TABLE releases_release {} TRIGGER releases_release_immutable"


def is_person(column: str) -> str:
    return f"EXISTS (SELECT 1 FROM accounts_user u WHERE u.id = {column})"  # noqa: S608


def of_person(who: object, is_person: bool) -> tuple[str, str]:
    if who is None:
        return "system:None", ""
    return f"{'user' if is_person else 'api_key'}:{who}", ""


RELEASES = Table(
    name="releases_release", sealed=("note",), about=("composed_by", is_person("composed_by")), who=of_person
)
APPROVALS = Table(
    name="releases_approval",
    sealed=("decided_by_name", "note"),
    about=("decided_by", is_person("decided_by")),
    who=of_person,
    append_only=True,
)
# Before it was kept who shifted, only the name was: of a member who has it, or of nobody that could be erased.
BY = """coalesce(by, (
    SELECT u.id FROM accounts_user u JOIN accounts_membership m ON m.user_id = u.id
    WHERE releases_shift.by_name IN (u.username, trim(u.first_name || ' ' || u.last_name))
    ORDER BY u.date_joined LIMIT 1))"""
SHIFTS = Table(
    name="releases_shift",
    sealed=("by_name", "reason"),
    about=(BY, "true"),
    who=of_person,
    append_only=True,
)


def seal(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    editor.execute(IMMUTABLE.format("DISABLE"))
    seal_existing(apps, editor, [RELEASES, APPROVALS, SHIFTS])
    editor.execute(IMMUTABLE.format("ENABLE"))


OF = ("release", "approval", "shift")


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_person_keys"),
        ("accounts", "0001_initial"),
        ("releases", "0008_shifts_name_who_made_them"),
    ]
    operations = [
        *(migrations.AddField(model, "person_key", models.UUIDField(null=True)) for model in OF),
        migrations.AlterField("release", "note", PersonTextField("note", null=True)),
        migrations.AlterField("approval", "decided_by_name", PersonTextField()),
        migrations.AlterField("approval", "note", PersonTextField(null=True)),
        migrations.AlterField("shift", "by_name", PersonTextField()),
        migrations.AlterField("shift", "reason", PersonTextField(null=True)),
        migrations.RunPython(seal),
        migrations.AlterField("approval", "person_key", models.UUIDField()),
        migrations.AlterField("shift", "person_key", models.UUIDField()),
    ]
