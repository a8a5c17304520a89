"""Vectors of passages, one list partition per base, each under row-level security.

The runtime role may not change the schema, so a base's partition is made by a function that runs with the
owner's rights and does nothing else. The partition is attached rather than created in place: that takes no
lock that a search would have to wait for. `lexical` holds saturated term frequencies over hashed tokens
(the idf is on the query side, so that stored weights never go stale); `dense` is without a dimension
because encoders differ.
"""

from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import OWN_ORGANISATION, runtime_role, tenant_table

VECTORS = """
CREATE TABLE knowledge_passage_vector (
    base_id uuid NOT NULL,
    passage_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    born integer NOT NULL,
    died integer,
    lexical sparsevec(536870912) NOT NULL,
    dense halfvec,
    PRIMARY KEY (base_id, passage_id)
) PARTITION BY LIST (base_id);

CREATE TABLE knowledge_term (
    base_id uuid NOT NULL,
    dimension integer NOT NULL,
    organisation_id uuid NOT NULL,
    passages integer NOT NULL,
    PRIMARY KEY (base_id, dimension)
);
"""

PARTITION = """
CREATE FUNCTION knowledge_make_partition(base uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $make$
DECLARE
    name text := 'knowledge_passage_vector_' || replace(base::text, '-', '');
    own text := $own$(%(own)s)$own$;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM knowledge_knowledgebase WHERE id = base) THEN
        RAISE EXCEPTION 'base %% is not of this organisation', base USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('CREATE TABLE %%I (LIKE knowledge_passage_vector INCLUDING ALL, CHECK (base_id = %%L))', name, base);
    EXECUTE format('ALTER TABLE %%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_organisation ON %%I USING %%s WITH CHECK %%s', name, own, own);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %%I TO %%I', name, %(role)s);
    EXECUTE format('ALTER TABLE knowledge_passage_vector ATTACH PARTITION %%I FOR VALUES IN (%%L)', name, base);
END $make$;
REVOKE ALL ON FUNCTION knowledge_make_partition(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION knowledge_make_partition(uuid) TO "%(name)s";
""" % {"own": OWN_ORGANISATION, "role": f"'{runtime_role()}'", "name": runtime_role()}


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("knowledge", "0001_initial")]
    operations = [
        *(
            tenant_table(f"knowledge_{name}")
            for name in ("knowledgebase", "document", "revision", "passage")
        ),
        migrations.RunSQL(VECTORS, "DROP TABLE knowledge_passage_vector, knowledge_term"),
        tenant_table("knowledge_passage_vector"),
        tenant_table("knowledge_term"),
        migrations.RunSQL(PARTITION, "DROP FUNCTION knowledge_make_partition(uuid)"),
    ]
