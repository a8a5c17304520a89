"""What was in a base before editions were kept gets them from its passages."""

from __future__ import annotations

from importlib import import_module

from django.db import connection

from sunmao.accounts.models import Organisation
from sunmao.core import tenancy
from sunmao.knowledge.models import Edition
from tests.fixtures import Cast, Ingest
from tests.fixtures.files import RETURNS, RETURNS_LATER

EDITIONS = import_module("sunmao.knowledge.migrations.0006_days_in_force").EDITIONS


def test_each_revision_stands_as_long_as_its_passages_live(cast: Cast, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    ingest(cast.zhou.actor, "returns.md", RETURNS_LATER)
    for organisation in Organisation.objects.all():  # also those that other tests left behind
        with tenancy.scope(organisation.pk):
            Edition.objects.all().delete()
    with tenancy.scope(cast.hemu.pk), connection.cursor() as cursor:
        cursor.execute(EDITIONS)
    with tenancy.scope(cast.hemu.pk):
        rows = Edition.objects.order_by("born").values_list("revision__number", "born", "died", "applies")
        assert list(rows) == [(1, 1, 2, True), (2, 2, None, True)]
