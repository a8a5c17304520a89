"""What is hashed: the whole of an entry, and rows elsewhere that an entry vouches for.

An entry's content is the text that PostgreSQL prints for its columns, in an order that is fixed here. It is
made by an expression of ours at every reading, never stored, and it is what an export carries, so that
anybody can hash it again.

Rows of other tables are vouched for by an entry: an app names them on its AppConfig as `audited_contents`,
and the entry of that verb gets the row's hash, in the same transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

# All columns of audit_entry in this order, for ever (a test compares): what is hashed is an array, because
# PostgreSQL takes half as long for it as for an object. A column that is added later is appended by a second
# expression, for entries that have it, so that those from before keep their hash.
COLUMNS = (
    "id", "organisation_id", "at", "actor_kind", "actor_id", "actor_name", "actor_key", "origin", "verb",
    "subject_kind", "subject_id", "detail", "before", "after", "person_key", "personal", "content",
    "retention", "request_id",
)  # fmt: skip
_EXPRESSIONS = {"at": "e.at AT TIME ZONE 'UTC'"}
CONTENT = f"pg_catalog.json_build_array({', '.join(_EXPRESSIONS.get(c, f'e.{c}') for c in COLUMNS)})::text"


def digest(content: str) -> bytes:
    return hashlib.sha256(content.encode()).digest()


@dataclass(frozen=True, kw_only=True)
class AuditedContent:
    """The rows that entries of `verb` vouch for. `columns` are the columns of each version of the table.

    A row that changes on purpose later (its state, its feedback) must leave that column out.
    """

    verb: str
    table: str
    columns: Mapping[int, Sequence[str]]

    @property
    def newest(self) -> int:
        return max(self.columns)

    def hashes(self, version: int, ids: Sequence[UUID]) -> dict[str, str]:
        """SHA-256 by id, of the rows that there are."""
        names = ", ".join(f"'{name}', t.{name}" for name in self.columns[version])
        text = f"pg_catalog.json_build_object({names})::text"
        statement = (
            f"SELECT t.id::text, encode(sha256(convert_to({text}, 'UTF8')), 'hex') "  # noqa: S608  constants
            f"FROM {self.table} t WHERE t.id = ANY(%s)"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(ids)])
            return dict(cursor.fetchall())


@cache
def audited_contents() -> Mapping[str, AuditedContent]:
    found: dict[str, AuditedContent] = {}
    for config in apps.get_app_configs():
        for content in getattr(config, "audited_contents", ()):
            if content.verb in found:
                raise ImproperlyConfigured(f"Two audited contents name {content.verb}.")
            found[content.verb] = content
    return found


def content_of(*, verb: str, subject_id: UUID) -> str:
    """`<version>:<sha256>` of the row that this entry vouches for; empty for all other verbs."""
    declared = audited_contents().get(verb)
    if declared is None:
        return ""
    version = declared.newest
    return f"{version}:{declared.hashes(version, [subject_id])[str(subject_id)]}"
