"""The new tables are isolated, and every prompt that is there works from its newest version: until now all
versions came with the product.
"""

from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table

TABLES = ("draft", "review", "comment", "promptcase", "playgroundrun", "playgroundcell", "optimisation")
NEWEST = """
DO $$
DECLARE
    organisation uuid;
BEGIN
    FOR organisation IN SELECT id FROM accounts_organisation LOOP
        PERFORM set_config('app.organisation_id', organisation::text, true);
        UPDATE prompts_prompt p SET current_id = v.id, seed_id = v.id, seed_seen_id = v.id
        FROM prompts_promptversion v
        WHERE v.prompt_id = p.id AND v.number = (
            SELECT max(number) FROM prompts_promptversion w WHERE w.prompt_id = p.id
        );
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("core", "0002_person_keys"),
        ("prompts", "0003_versions_have_authors_reviews_and_trials"),
    ]
    operations = [
        *(tenant_table(f"prompts_{name}") for name in TABLES),
        migrations.RunSQL(NEWEST, migrations.RunSQL.noop),
    ]
