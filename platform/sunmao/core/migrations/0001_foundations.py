"""What every later migration stands on: pgvector, the runtime role's rights, the append-only guard."""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from pgvector.django import VectorExtension

from sunmao.core.rls import runtime_role

REFUSE = """
CREATE OR REPLACE FUNCTION sunmao_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


def grant(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    role = editor.quote_name(runtime_role())
    editor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    for rights, kind in (("SELECT, INSERT, UPDATE, DELETE", "TABLES"), ("USAGE, SELECT", "SEQUENCES")):
        editor.execute(f"GRANT {rights} ON ALL {kind} IN SCHEMA public TO {role}")
        editor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON {kind} TO {role}")
    # Which migrations ran is the owner's business.
    editor.execute(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}")


class Migration(migrations.Migration):
    initial = True
    operations = [
        VectorExtension(),
        migrations.RunPython(grant, migrations.RunPython.noop),
        migrations.RunSQL(REFUSE, "DROP FUNCTION sunmao_refuse_change()"),
    ]
