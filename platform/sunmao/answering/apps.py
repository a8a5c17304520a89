from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnsweringConfig(AppConfig):
    name = "sunmao.answering"
    label = "answering"
    verbose_name = _("Answers")
