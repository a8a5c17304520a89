"""The lists, one row for each word of a segment: the places of its passages, then their weights.

Kept as bytes and without compression, since a question adds them up in numpy. A word that loses passages for
good takes the segments of its base along; they are made anew. The index on `born` finds what is newer.
"""

from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table

LISTS = """
CREATE TABLE postings_list (
    segment_id uuid NOT NULL REFERENCES postings_segment (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    dimension integer NOT NULL,
    organisation_id uuid NOT NULL,
    passages integer NOT NULL,
    peak real NOT NULL,
    entries bytea NOT NULL,
    PRIMARY KEY (segment_id, dimension)
);
ALTER TABLE postings_list ALTER COLUMN entries SET STORAGE EXTERNAL;
ALTER TABLE postings_segment ALTER COLUMN keys SET STORAGE EXTERNAL;
CREATE INDEX passage_vector_by_birth ON knowledge_passage_vector (base_id, born);

CREATE FUNCTION postings_follow_deletion() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $follow$
BEGIN
    DELETE FROM postings_segment WHERE base_id IN (SELECT DISTINCT base_id FROM gone);
    RETURN NULL;
END $follow$;
CREATE TRIGGER postings_follow_deletion AFTER DELETE ON knowledge_passage_vector
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION postings_follow_deletion();
"""
UNDO = """
DROP TRIGGER postings_follow_deletion ON knowledge_passage_vector;
DROP FUNCTION postings_follow_deletion();
DROP INDEX passage_vector_by_birth;
DROP TABLE postings_list;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_foundations"), ("knowledge", "0003_quarantine"), ("postings", "0001_initial")]
    operations = [
        tenant_table("postings_segment"),
        migrations.RunSQL(LISTS, UNDO),
        tenant_table("postings_list"),
    ]
