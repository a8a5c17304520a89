"""Limits of use, what was used of them, and what running work has reserved."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.measures import Measure, Period, Target
from sunmao.core.models import TenantModel


class Quota(TenantModel):
    """At most `limit` in each period. With a `subject` it is that person's or key's alone, instead of the one
    for each of their kind.
    """

    target = models.CharField(_("for"), max_length=20, choices=Target.choices)
    subject = models.CharField(_("only for"), max_length=220, blank=True)
    measure = models.CharField(_("measure"), max_length=20, choices=Measure.choices)
    period = models.CharField(_("period"), max_length=20, choices=Period.choices)
    limit = models.PositiveBigIntegerField(_("limit"))
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("limit")
        verbose_name_plural = _("limits")
        ordering = ("target", "subject", "measure", "period")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "target", "subject", "measure", "period"],
                name="one_limit_of_a_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.limit} {self.measure} / {self.period}"


class Usage(TenantModel):
    """What one subject used of one measure in one period; only what is limited is counted."""

    subject = models.CharField(max_length=220)
    measure = models.CharField(max_length=20, choices=Measure.choices)
    period = models.CharField(max_length=20, choices=Period.choices)
    starts_at = models.DateTimeField()
    used = models.PositiveBigIntegerField(default=0)
    reserved = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "subject", "measure", "period", "starts_at"],
                name="one_count_per_period",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.used} {self.measure}"


class Reservation(TenantModel):
    """What one piece of running work holds; its id is that work's. It is gone once settled or given back."""

    held = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.pk)
