"""What a caller sent besides the question, and what a model asked for besides its words."""

from __future__ import annotations

from django.db import models

from sunmao.answering.models import Exchange
from sunmao.core.crypto.fields import PersonJSONField
from sunmao.core.models import TenantModel


class Dialogue(TenantModel):
    """`given` has the whole conversation with personal data replaced, tools, schema and limits; `calls` are
    tools that the model asked the caller to run."""

    exchange = models.OneToOneField(Exchange, on_delete=models.CASCADE, related_name="dialogue")
    person_key = models.UUIDField()
    given = PersonJSONField(default=dict)
    calls = PersonJSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")
        indexes = [
            # all of one person, for export and erasure
            models.Index(fields=["person_key"], name="dialogue_of_person"),
        ]

    def __str__(self) -> str:
        return str(self.exchange_id)
