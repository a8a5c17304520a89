"""Names in entries from before there were keys: from now on under the key of the person, before any seal.

There is no way back: what was sealed cannot be read by an earlier version.
"""

from __future__ import annotations

import json
import uuid

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.utils import CursorWrapper
from django.db.migrations.state import StateApps

from sunmao.core.crypto.converting import Keys, changeable, in_each_organisation, token

TABLE, BATCH = "audit_entry", 500
# The one entry that named somebody other than its actor.
_NAMED = """
    SELECT e.id, u.id, e.detail
    FROM audit_entry e JOIN accounts_user u ON u.username = e.detail ->> 'username'
    WHERE e.verb = 'member.added' AND e.person_key IS NULL LIMIT %s
"""
_ACTORS = """
    SELECT id, actor_kind, actor_id, actor_name FROM audit_entry
    WHERE actor_kind <> 'system' AND actor_key IS NULL LIMIT %s
"""


def seal(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    with editor.connection.cursor() as cursor, changeable(cursor, TABLE):
        for keys in in_each_organisation(apps, editor, cursor):
            while _seal_actors(cursor, keys):
                pass
            while _seal_names(cursor, keys):
                pass


def _seal_actors(cursor: CursorWrapper, keys: Keys) -> int:
    cursor.execute(_ACTORS, [BATCH])
    rows = cursor.fetchall()
    for entry, kind, actor, name in rows:
        key, sealed = _sealed(keys, f"{kind}:{actor}", "origin", entry, {"name": name})
        cursor.execute(
            "UPDATE audit_entry SET actor_key = %s, origin = %s, actor_name = '' WHERE id = %s",
            [key, sealed, entry],
        )
    return len(rows)


def _seal_names(cursor: CursorWrapper, keys: Keys) -> int:
    cursor.execute(_NAMED, [BATCH])
    rows = cursor.fetchall()
    for entry, user, detail in rows:
        told = json.loads(detail) if isinstance(detail, str) else detail
        key, sealed = _sealed(keys, f"user:{user}", "personal", entry, {"username": told.pop("username")})
        cursor.execute(
            "UPDATE audit_entry SET person_key = %s, personal = %s, detail = %s WHERE id = %s",
            [key, sealed, json.dumps(told), entry],
        )
    return len(rows)


def _sealed(
    keys: Keys, person: str, column: str, entry: uuid.UUID, texts: dict[str, str]
) -> tuple[uuid.UUID, str]:
    key, secret = keys.of(person, "")
    return key, token(TABLE, column, entry, key, secret, json.dumps(texts, ensure_ascii=False))


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_person_keys"),
        ("accounts", "0001_initial"),
        ("audit", "0003_the_chain"),
    ]
    operations = [migrations.RunPython(seal)]
