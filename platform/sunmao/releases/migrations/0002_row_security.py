from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table

# A release is what it was when it was made; only its state moves.
IMMUTABLE = """
CREATE FUNCTION releases_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state' THEN
        RAISE EXCEPTION 'a release is immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER releases_release_immutable BEFORE UPDATE OR DELETE ON releases_release
    FOR EACH ROW EXECUTE FUNCTION releases_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("releases", "0001_initial")]
    operations = [
        tenant_table("releases_release"),
        migrations.RunSQL(
            IMMUTABLE,
            "DROP TRIGGER releases_release_immutable ON releases_release; DROP FUNCTION releases_refuse_change();",
        ),
    ]
