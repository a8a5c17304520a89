from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table

# A version is what it was when it came; only its state and its pin move.
IMMUTABLE = """
CREATE FUNCTION modelhub_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR to_jsonb(NEW) - 'state' - 'pinned' - 'card' IS DISTINCT FROM to_jsonb(OLD) - 'state' - 'pinned' - 'card'
    THEN
        RAISE EXCEPTION 'an adapter version is immutable' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER modelhub_version_immutable BEFORE UPDATE OR DELETE ON modelhub_adapterversion
    FOR EACH ROW EXECUTE FUNCTION modelhub_refuse_change();
"""
# Whoever reads in the name of an organisation sees what is shared with all of them.
SHARED = "shared AND nullif(current_setting('app.organisation_id', true), '') IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("modelhub", "0001_initial")]
    operations = [
        tenant_table("modelhub_basemodel", also_visible=SHARED),
        tenant_table("modelhub_adapter"),
        tenant_table("modelhub_adapterversion"),
        tenant_table("modelhub_paritycheck"),
        migrations.RunSQL(
            IMMUTABLE,
            "DROP TRIGGER modelhub_version_immutable ON modelhub_adapterversion; "
            "DROP FUNCTION modelhub_refuse_change();",
        ),
    ]
