"""Migration operations for row-level security, append-only tables and the runtime role's rights."""

from __future__ import annotations

from django.conf import settings
from django.db.migrations.operations import RunSQL

# As a sub-select the setting is read once per statement, not once per row.
OWN_ORGANISATION = "organisation_id = (SELECT nullif(current_setting('app.organisation_id', true), '')::uuid)"


def runtime_role() -> str:
    return str(settings.DATABASES["default"]["USER"])


def tenant_table(table: str, *, also_visible: str = "") -> RunSQL:
    """Enable and FORCE row-level security on `table`.

    `also_visible` is an extra condition for reading only (see `core.tenancy.presenting`); writing always
    needs the organisation.
    """
    extra = (
        f"CREATE POLICY also_visible ON {table} FOR SELECT USING ({also_visible});" if also_visible else ""
    )
    return RunSQL(
        sql=f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY own_organisation ON {table}
                USING ({OWN_ORGANISATION}) WITH CHECK ({OWN_ORGANISATION});
            {extra}
        """,
        reverse_sql=f"""
            DROP POLICY IF EXISTS also_visible ON {table};
            DROP POLICY own_organisation ON {table};
            ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
            ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )


def append_only(table: str) -> RunSQL:
    """Refuse UPDATE, DELETE and TRUNCATE, for every role including the owner."""
    return RunSQL(
        sql=f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION sunmao_refuse_change();
            CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION sunmao_refuse_change();
        """,
        reverse_sql=f"""
            DROP TRIGGER {table}_append_only ON {table};
            DROP TRIGGER {table}_no_truncate ON {table};
        """,
    )
