from django.db import migrations

# What `audit.retention` says, where nobody who may write seals or settings can argue with it. Days are rounded
# up from years of 365.25; a class that is not known is kept as long as the longest.
FLOORS = """
    CREATE FUNCTION audit_floor(class text) RETURNS interval LANGUAGE sql IMMUTABLE
        SET search_path = pg_catalog AS $$
        SELECT make_interval(days => CASE class
            WHEN 'standard' THEN 184
            WHEN 'contract' THEN 1096
            WHEN 'medical_process' THEN 1096
            WHEN 'medical' THEN 5479
            ELSE 7305
        END)
    $$;
    CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND current_setting('app.audit_removing', true) = 'on'
            AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
            AND OLD.at < now() - public.audit_floor(OLD.retention)
        THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$;
"""
BEFORE = """
    CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND current_setting('app.audit_removing', true) = 'on'
            AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
            AND OLD.at < now() - interval '184 days'
        THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$;
    DROP FUNCTION audit_floor(text);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_names_under_lock")]
    operations = [migrations.RunSQL(FLOORS, BEFORE)]
