"""On which days a passage applies stands beside its vectors, so that no search joins another table for it;
every document that is there already gets the editions that its passages tell of.
"""

from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table

DAYS = """
    ALTER TABLE knowledge_passage_vector ADD COLUMN applies_from date;
    ALTER TABLE knowledge_passage_vector ADD COLUMN applies_until date;
"""
NO_DAYS = """
    ALTER TABLE knowledge_passage_vector DROP COLUMN applies_from;
    ALTER TABLE knowledge_passage_vector DROP COLUMN applies_until;
"""
# A released passage was born again when it was released: the edition began with the first of its passages.
# Revisions that were replaced stand behind the one that replaced them until that leaves.
EDITIONS = """
DO $$
DECLARE
    organisation uuid;
BEGIN
    FOR organisation IN SELECT id FROM accounts_organisation LOOP
        PERFORM set_config('app.organisation_id', organisation::text, true);
        INSERT INTO knowledge_edition
            (id, organisation_id, base_id, document_id, revision_id, born, died, applies)
        SELECT gen_random_uuid(), organisation, p.base_id, p.document_id, p.revision_id, min(p.born),
               CASE WHEN count(*) = count(p.died) THEN max(p.died) END, true
        FROM knowledge_passage p GROUP BY p.base_id, p.document_id, p.revision_id;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("core", "0001_foundations"),
        ("knowledge", "0005_editions_and_changes"),
    ]
    operations = [
        tenant_table("knowledge_edition"),
        tenant_table("knowledge_change"),
        migrations.RunSQL(DAYS, NO_DAYS),
        migrations.RunSQL(EDITIONS, migrations.RunSQL.noop),
    ]
