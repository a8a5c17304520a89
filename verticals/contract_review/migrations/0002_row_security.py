from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import append_only, tenant_table

TABLES = (
    "batch",
    "clausetemplate",
    "contract",
    "contractversion",
    "finding",
    "inquiry",
    "parameter",
    "playbook",
    "playbookversion",
    "review",
    "signature",
    "trainingexample",
)


class Migration(migrations.Migration):
    dependencies = [("contract_review", "0001_contracts")]
    operations = [
        *(tenant_table(f"contract_review_{table}") for table in TABLES),
        append_only("contract_review_playbookversion"),
    ]
