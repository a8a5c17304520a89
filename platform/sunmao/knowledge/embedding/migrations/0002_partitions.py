"""The vectors of a space, one list partition each, under row-level security.

A partition is typed by its space alone: `dense` has no dimension here, and an index casts to the space's own.
It is kept in the row (STORAGE PLAIN): a scan of a thousand numbers per row would otherwise fetch each from a
side table. All schema changes are made by functions with the owner's rights, as with `knowledge_make_partition`;
each first asks whether the caller's organisation has the space.
"""

from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import OWN_ORGANISATION, runtime_role, tenant_table

VECTORS = """
CREATE TABLE embedding_vector (
    space_id uuid NOT NULL,
    passage_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    dense halfvec NOT NULL,
    PRIMARY KEY (space_id, passage_id)
) PARTITION BY LIST (space_id);
ALTER TABLE embedding_vector ALTER COLUMN dense SET STORAGE PLAIN;
"""

OWN_SPACE = """
    IF NOT EXISTS (SELECT 1 FROM embedding_space WHERE id = space) THEN
        RAISE EXCEPTION 'space %% is not of this organisation', space USING ERRCODE = 'insufficient_privilege';
    END IF;
"""

FUNCTIONS = """
CREATE FUNCTION embedding_make_partition(space uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $make$
DECLARE
    name text := 'embedding_vector_' || replace(space::text, '-', '');
    own text := $own$(%(own)s)$own$;
BEGIN
    %(check)s
    EXECUTE format('CREATE TABLE %%I (LIKE embedding_vector INCLUDING ALL, CHECK (space_id = %%L))', name, space);
    EXECUTE format('ALTER TABLE %%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_organisation ON %%I USING %%s WITH CHECK %%s', name, own, own);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %%I TO %%I', name, %(role)s);
    EXECUTE format('ALTER TABLE embedding_vector ATTACH PARTITION %%I FOR VALUES IN (%%L)', name, space);
END $make$;

CREATE FUNCTION embedding_make_index(space uuid, memory_kib integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $index$
DECLARE
    name text := 'embedding_vector_' || replace(space::text, '-', '');
    size integer;
    make text;
BEGIN
    %(check)s
    SELECT dimensions INTO size FROM embedding_space WHERE id = space;
    PERFORM set_config('maintenance_work_mem', memory_kib::text, true);
    EXECUTE format('DROP INDEX IF EXISTS %%I', name || '_near');
    make := format('CREATE INDEX %%I ON %%I USING hnsw ((dense::halfvec(%%s)) halfvec_ip_ops)'
                   ' WITH (m = 16, ef_construction = 128)', name || '_near', name, size);
    BEGIN
        EXECUTE make;
    EXCEPTION WHEN disk_full OR out_of_memory THEN
        -- Helpers share a graph in /dev/shm, which is small in many containers.
        PERFORM set_config('max_parallel_maintenance_workers', '0', true);
        EXECUTE make;
    END;
END $index$;

CREATE FUNCTION embedding_drop_index(space uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $drop$
BEGIN
    %(check)s
    EXECUTE format('DROP INDEX IF EXISTS %%I', 'embedding_vector_' || replace(space::text, '-', '') || '_near');
END $drop$;

CREATE FUNCTION embedding_drop_partition(space uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $drop$
BEGIN
    %(check)s
    -- A partition in use may not be dropped whatever the caller believes.
    IF EXISTS (SELECT 1 FROM embedding_space WHERE id = space AND state = 'serving') THEN
        RAISE EXCEPTION 'space %% is in use', space USING ERRCODE = 'object_in_use';
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS %%I', 'embedding_vector_' || replace(space::text, '-', ''));
END $drop$;

-- What removes a passage's words for good removes its vectors as well, in every space of its base.
CREATE FUNCTION embedding_follow_deletion() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $follow$
DECLARE
    space uuid;
BEGIN
    FOR space IN SELECT s.id FROM embedding_space s WHERE s.base_id IN (SELECT DISTINCT base_id FROM gone)
    LOOP
        EXECUTE 'DELETE FROM embedding_vector WHERE space_id = $1 AND passage_id IN (SELECT passage_id FROM gone)'
            USING space;
    END LOOP;
    RETURN NULL;
END $follow$;
CREATE TRIGGER embedding_follows_deletion AFTER DELETE ON knowledge_passage_vector
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION embedding_follow_deletion();
""" % {"own": OWN_ORGANISATION, "role": f"'{runtime_role()}'", "check": OWN_SPACE.replace("%%", "%")}

SIGNATURES = (
    "embedding_make_partition(uuid)",
    "embedding_make_index(uuid, integer)",
    "embedding_drop_index(uuid)",
    "embedding_drop_partition(uuid)",
)
RIGHTS = "".join(
    f'REVOKE ALL ON FUNCTION {one} FROM PUBLIC; GRANT EXECUTE ON FUNCTION {one} TO "{runtime_role()}";'
    for one in SIGNATURES
)
UNDO = (
    "DROP TRIGGER embedding_follows_deletion ON knowledge_passage_vector;"
    "DROP FUNCTION embedding_follow_deletion();" + "".join(f"DROP FUNCTION {one};" for one in SIGNATURES)
)


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("knowledge", "0003_quarantine"), ("embedding", "0001_initial")]
    operations = [
        tenant_table("embedding_space"),
        migrations.RunSQL(VECTORS, "DROP TABLE embedding_vector"),
        tenant_table("embedding_vector"),
        migrations.RunSQL(FUNCTIONS + RIGHTS, UNDO),
    ]
