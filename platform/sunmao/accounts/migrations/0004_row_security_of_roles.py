"""Row-level security of the new tables, word of every change of rights, and grants for what roles were.

Each web process keeps rights for some seconds and listens on `sunmao_access` (see `accounts.listening`).
"""

from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table

TABLES = ("role", "team", "teammember", "grant", "quota", "usage", "reservation")

# Whoever presents a renewed key's old secret may see its row, too.
FIND_BY_EITHER_HASH = """
    ALTER POLICY also_visible ON accounts_apikey USING (
        hash = current_setting('app.api_key_hash', true)
        OR previous_hash = current_setting('app.api_key_hash', true));
"""
FIND_BY_HASH = """
    ALTER POLICY also_visible ON accounts_apikey USING (hash = current_setting('app.api_key_hash', true));
"""

# The argument names the column whose value is told: an organisation's id or a person's.
TELL = """
CREATE FUNCTION sunmao_access_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
BEGIN
    PERFORM pg_notify('sunmao_access', changed ->> TG_ARGV[0]);
    RETURN NULL;
END $$;
"""
ANY = "INSERT OR UPDATE OR DELETE"
TOLD = {
    "accounts_membership": (ANY, "organisation_id"),
    "accounts_team": (ANY, "organisation_id"),
    "accounts_teammember": (ANY, "organisation_id"),
    "accounts_role": (ANY, "organisation_id"),
    "accounts_grant": (ANY, "organisation_id"),
    # not when it was last used
    "accounts_apikey": (
        "UPDATE OF name, hash, previous_hash, previous_until, expires_at, revoked_at, default_task OR DELETE",
        "organisation_id",
    ),
    "accounts_organisation": ("UPDATE OR DELETE", "id"),
    # not when they last signed in
    "accounts_user": ("UPDATE OF is_active, username, first_name, last_name OR DELETE", "id"),
}


def tell(table: str) -> migrations.RunSQL:
    when, column = TOLD[table]
    return migrations.RunSQL(
        f"""CREATE TRIGGER {table}_access AFTER {when} ON {table}
            FOR EACH ROW EXECUTE FUNCTION sunmao_access_changed('{column}');""",
        f"DROP TRIGGER {table}_access ON {table};",
    )


GIVE_GRANTS = """
DO $$
DECLARE
    organisation uuid;
BEGIN
    FOR organisation IN SELECT id FROM accounts_organisation LOOP
        PERFORM set_config('app.organisation_id', organisation::text, true);
        INSERT INTO accounts_role (id, organisation_id, slug, name, built_in, permissions, created_at)
        SELECT gen_random_uuid(), organisation, slug, '', true, '[]'::jsonb, now() + place * interval '1 microsecond'
        FROM unnest(ARRAY['owner', 'administrator', 'knowledge_editor', 'model_engineer', 'reviewer',
                          'agent', 'auditor', 'end_user', 'channel']) WITH ORDINALITY AS known (slug, place);
        INSERT INTO accounts_grant
            (id, organisation_id, role_id, member_id, bases, tasks, model_names, created_at)
        SELECT gen_random_uuid(), organisation, r.id, m.id, '[]'::jsonb, '[]'::jsonb, '[]'::jsonb, m.created_at
        FROM accounts_membership m JOIN accounts_role r ON r.slug = m.role;
        INSERT INTO accounts_grant
            (id, organisation_id, role_id, key_id, bases, tasks, model_names, created_at)
        SELECT gen_random_uuid(), organisation, r.id, k.id, k.bases, k.tasks, '[]'::jsonb, k.created_at
        FROM accounts_apikey k JOIN accounts_role r ON r.slug = k.role;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_roles_are_rows")]
    operations = [
        *(tenant_table(f"accounts_{table}") for table in TABLES),
        migrations.RunSQL(FIND_BY_EITHER_HASH, FIND_BY_HASH),
        migrations.RunSQL(TELL, "DROP FUNCTION sunmao_access_changed();"),
        *(tell(table) for table in TOLD),
        migrations.RunSQL(GIVE_GRANTS, migrations.RunSQL.noop),
    ]
