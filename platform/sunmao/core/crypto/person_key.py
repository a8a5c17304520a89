"""The table of people's keys (see `core.crypto.persons`)."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from sunmao.core.crypto.sealed import BlindIndexField, EncryptedTextField
from sunmao.core.tenants import TenantModel


class PersonKey(TenantModel):
    """The key of one person's texts. Destroyed, it stays as a proof of erasure.

    `person` is `Actor.subject`; `duty` names the law that makes the organisation keep what this key seals.
    """

    person = EncryptedTextField(null=True)
    person_index = BlindIndexField(source="person", null=True)
    duty = models.CharField(max_length=40, blank=True)
    secret = EncryptedTextField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("person's data")
        verbose_name_plural = _("people's data")
        constraints = [
            # two first questions of one person at the same moment share one key
            models.UniqueConstraint(
                fields=["organisation_id", "person_index", "duty"],
                name="one_living_key_per_person",
                condition=models.Q(destroyed_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"person key {self.pk}"

    @classmethod
    def index_of(cls, person: str) -> list[str]:
        """What the index of this person may be, under each key of the ring."""
        field = cls._meta.get_field("person_index")
        assert isinstance(field, BlindIndexField)  # noqa: S101
        return field.search(person)
