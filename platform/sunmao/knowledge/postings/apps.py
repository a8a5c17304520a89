from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PostingsConfig(AppConfig):
    name = "sunmao.knowledge.postings"
    label = "postings"
    verbose_name = _("Word lists of large bases")
