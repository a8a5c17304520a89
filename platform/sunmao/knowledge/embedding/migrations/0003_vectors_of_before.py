"""Vectors that were kept beside the words move into a space of their own.

They are all of the one encoder that there was, in the only revision of its package; whether it is installed
where migrations run does not matter. Rows of every organisation are read, so row-level security is asked for
one organisation at a time.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import migrations

_NAME, _REVISION, _DIMENSIONS = "all-MiniLM-L6-v2", "0.1.0", 384
_BASES = """
    SELECT b.id, count(v.dense) FROM knowledge_knowledgebase b
    JOIN knowledge_passage_vector v ON v.base_id = b.id AND v.dense IS NOT NULL GROUP BY b.id
"""
_SPACE = """
    INSERT INTO embedding_space (id, organisation_id, base_id, language, encoder, name, revision, dimensions,
        normalisation, state, vectors, indexed, created_at, served_at)
    VALUES (%s, %s, %s, 'en', 'minilm', %s, %s, %s, 'l2', 'serving', %s, false, now(), now())
"""
_MOVE = """
    INSERT INTO embedding_vector (space_id, passage_id, organisation_id, dense)
    SELECT %s, passage_id, organisation_id, dense FROM knowledge_passage_vector
    WHERE base_id = %s AND dense IS NOT NULL
"""


def move(apps: Any, schema_editor: Any) -> None:
    organisations = apps.get_model("accounts", "Organisation").objects.using(schema_editor.connection.alias)
    with schema_editor.connection.cursor() as cursor:
        for organisation in organisations.values_list("pk", flat=True):
            cursor.execute("SELECT set_config('app.organisation_id', %s, true)", [str(organisation)])
            cursor.execute(_BASES)
            for base, count in cursor.fetchall():
                space = uuid.uuid4()
                cursor.execute(_SPACE, [space, organisation, base, _NAME, _REVISION, _DIMENSIONS, count])
                cursor.execute("SELECT embedding_make_partition(%s)", [space])
                cursor.execute(_MOVE, [space, base])
        cursor.execute("SELECT set_config('app.organisation_id', '', true)")


class Migration(migrations.Migration):
    dependencies = [("embedding", "0002_partitions"), ("accounts", "0001_initial")]
    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
