"""What an organisation decides about personal data, and what was taken out of a text to be put back."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.crypto.fields import PersonJSONField
from sunmao.core.models import TenantModel


class PolicyScope(models.TextChoices):
    ORGANISATION = "organisation", _("The whole organisation")
    VERTICAL = "vertical", _("One business line")
    BASE = "base", _("One knowledge base")


class PolicyPlace(models.TextChoices):
    QUESTION = "question", _("Questions and conversations")
    KNOWLEDGE = "knowledge", _("Documents, before they are indexed")
    ANSWER = "answer", _("Answers, before they are shown")


class ImageMode(models.TextChoices):
    OFF = "off", _("Leave alone")
    BLUR = "blur", _("Blur")
    REFUSE = "refuse", _("Refuse")


class PersonalDataPolicy(TenantModel):
    """What happens to each kind in one place of one scope. The strictest of all that apply wins.

    `modes` maps a kind to off, surrogate, mask or refuse. `allowed` are values that are nobody's secret, such
    as the organisation's own numbers.
    """

    scope_kind = models.CharField(_("applies to"), max_length=20, choices=PolicyScope.choices)
    scope = models.CharField(_("business line or base"), max_length=80, blank=True)
    place = models.CharField(_("place"), max_length=20, choices=PolicyPlace.choices)
    modes = models.JSONField(_("kinds"), default=dict)
    images = models.CharField(
        _("faces and identifiers in images"), max_length=10, choices=ImageMode.choices, default=ImageMode.OFF
    )
    allowed = models.JSONField(_("values that may stand"), default=list, blank=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("personal data policy")
        verbose_name_plural = _("personal data policies")
        ordering = ("place", "scope_kind", "scope")
        constraints = [
            # every question and every ingestion reads the few that apply to it
            models.UniqueConstraint(
                fields=["organisation_id", "place", "scope_kind", "scope"], name="one_policy_per_scope"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_place_display()}: {self.scope or self.get_scope_kind_display()}"


class SurrogateMap(TenantModel):
    """What the placeholders of one exchange or one revision stand for, sealed with the person's own key."""

    about = models.UUIDField(_("exchange or revision"))
    person_key = models.UUIDField()
    values = PersonJSONField(default=dict)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("replaced personal data")
        verbose_name_plural = _("replaced personal data")
        ordering = ("-created_at", "-id")
        constraints = [
            # putting back looks up the one map of an exchange
            models.UniqueConstraint(fields=["organisation_id", "about"], name="one_surrogate_map")
        ]
        indexes = [
            # all of one person, for export and erasure
            models.Index(fields=["person_key"], name="surrogates_of_person"),
        ]

    def __str__(self) -> str:
        return str(self.about)
