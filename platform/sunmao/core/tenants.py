"""The base class of every table that belongs to an organisation."""

from __future__ import annotations

from django.db import models

from sunmao.core.ids import new_id
from sunmao.core.tenancy import current_organisation_id


class TenantModel(models.Model):
    """A row of one organisation; its migration must protect it with `core.rls.tenant_table`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(default=current_organisation_id, editable=False)

    class Meta:
        abstract = True
