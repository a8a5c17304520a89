"""What is limited, in which period, and for whom."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Measure(models.TextChoices):
    REQUESTS = "requests", _("Requests")
    TOKENS = "tokens", _("Tokens")


class Period(models.TextChoices):
    MINUTE = "minute", _("per minute")
    HOUR = "hour", _("per hour")
    DAY = "day", _("per day")
    MONTH = "month", _("per month")


class Target(models.TextChoices):
    ORGANISATION = "organisation", _("The whole organisation")
    PERSON = "person", _("Each person")
    KEY = "key", _("Each API key")
