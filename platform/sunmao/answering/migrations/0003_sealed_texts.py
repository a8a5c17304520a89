"""What people wrote and were told is sealed with their own keys from now on, and so is what is there already.

There is no way back: what was sealed cannot be read by an earlier version.
"""

from __future__ import annotations

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from sunmao.answering.duties import duty_of
from sunmao.core.crypto.converting import Table, seal_existing
from sunmao.core.crypto.fields import PersonJSONField, PersonTextField


def of_conversation(owner_kind: str | None, owner_id: object, vertical: str) -> tuple[str, str]:
    kind = owner_kind or ("user" if owner_id else "system")
    return f"{kind}:{owner_id}", duty_of(f"{vertical}.")  # its default task


def of_task(kind: str, actor_id: object, task: str) -> tuple[str, str]:
    return f"{kind}:{actor_id}", duty_of(task)


# A conversation does not tell whether a person or a key opened it; its exchanges do.
KIND = (
    "(SELECT owner_kind FROM answering_exchange e WHERE e.conversation_id = answering_conversation.id LIMIT 1)"
)
CONVERSATIONS = Table(
    name="answering_conversation",
    sealed=("title",),
    about=(KIND, "owner_id", "vertical"),
    who=of_conversation,
)
EXCHANGES = Table(
    name="answering_exchange", sealed=("question",), about=("owner_kind", "owner_id", "task"), who=of_task
)
RECORDS = Table(
    name="answering_answerrecord",
    sealed=("question", "text", "citations", "findings"),
    about=("actor_kind", "actor_id", "task"),
    who=of_task,
    append_only=True,
)


def seal(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    seal_existing(apps, editor, [CONVERSATIONS, EXCHANGES, RECORDS])


OF = ("conversation", "exchange", "answerrecord")


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_person_keys"),
        ("accounts", "0001_initial"),
        ("answering", "0002_row_security"),
    ]
    operations = [
        *(migrations.AddField(model, "person_key", models.UUIDField(null=True)) for model in OF),
        migrations.AddField("exchange", "on_behalf_of", PersonTextField(null=True)),
        migrations.AlterField("conversation", "title", PersonTextField()),
        migrations.AlterField("exchange", "question", PersonTextField()),
        migrations.AlterField("answerrecord", "question", PersonTextField("question")),
        migrations.AlterField("answerrecord", "text", PersonTextField("answer")),
        migrations.AlterField("answerrecord", "citations", PersonJSONField(default=list)),
        migrations.AlterField("answerrecord", "findings", PersonJSONField(default=list)),
        migrations.RunPython(seal),
        *(migrations.AlterField(model, "person_key", models.UUIDField()) for model in OF),
        migrations.AddIndex("conversation", models.Index(fields=["person_key"], name="conversation_of_person")),
        migrations.AddIndex("exchange", models.Index(fields=["person_key"], name="exchange_of_person")),
        migrations.AddIndex("answerrecord", models.Index(fields=["person_key"], name="record_of_person")),
    ]
