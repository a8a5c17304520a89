from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from sunmao.core.rls import runtime_role

# An answer's record is kept as long as the entry that vouches for it, and that entry leaves no earlier than
# its class says (audit_floor). So nothing here has to be told the class.
REMOVING = """
    CREATE FUNCTION answering_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND current_setting('app.audit_removing', true) = 'on'
            AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
            AND OLD.created_at < now() - public.audit_floor('standard')
            AND NOT EXISTS (
                SELECT 1 FROM public.audit_entry e
                WHERE e.organisation_id = OLD.organisation_id AND e.subject_kind = 'answerrecord'
                AND e.subject_id = OLD.id::text AND e.verb = 'answer.recorded')
        THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$;
    DROP TRIGGER answering_answerrecord_append_only ON answering_answerrecord;
    CREATE TRIGGER answering_answerrecord_append_only BEFORE UPDATE OR DELETE ON answering_answerrecord
        FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();

    CREATE FUNCTION answering_remove_records(named uuid[]) RETURNS bigint LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    DECLARE
        own uuid := nullif(current_setting('app.organisation_id', true), '')::uuid;
        removed bigint;
    BEGIN
        PERFORM set_config('app.audit_removing', 'on', true);
        DELETE FROM answering_answerrecord WHERE organisation_id = own AND id = ANY (named);
        GET DIAGNOSTICS removed = ROW_COUNT;
        PERFORM set_config('app.audit_removing', '', true);
        RETURN removed;
    END $$;
    REVOKE ALL ON FUNCTION answering_remove_records(uuid[]) FROM PUBLIC;
"""
NOT_REMOVING = """
    DROP FUNCTION answering_remove_records(uuid[]);
    DROP TRIGGER answering_answerrecord_append_only ON answering_answerrecord;
    CREATE TRIGGER answering_answerrecord_append_only BEFORE UPDATE OR DELETE ON answering_answerrecord
        FOR EACH ROW EXECUTE FUNCTION sunmao_refuse_change();
    DROP FUNCTION answering_refuse_change();
"""


def may_ask(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    role = editor.quote_name(runtime_role())
    editor.execute(f"GRANT EXECUTE ON FUNCTION answering_remove_records(uuid[]) TO {role}")


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0005_each_class_has_its_floor"),
        ("answering", "0004_what_guards_did"),
    ]
    operations = [
        migrations.RunSQL(REMOVING, NOT_REMOVING),
        migrations.RunPython(may_ask, migrations.RunPython.noop),
    ]
