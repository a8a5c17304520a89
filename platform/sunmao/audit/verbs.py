"""What people call the things that entries say. Apps name their verbs on their AppConfig as `audit_verbs`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Message

# The kinds of subjects whose model has no name for people.
_OTHERS: Mapping[str, Message] = {
    "auditlog": _("audit log"),
    "address": _("address"),
    "exchange": _("question"),
    "organisation": _("organisation"),
    "promptversion": _("prompt version"),
    "ring": _("encryption keys"),
    "subject": _("person"),
}


@cache
def verbs() -> Mapping[str, Message]:
    found: dict[str, Message] = {}
    for config in apps.get_app_configs():
        for name, title in getattr(config, "audit_verbs", {}).items():
            if name in found:
                raise ImproperlyConfigured(f"Two apps name the audit verb {name}.")
            found[name] = title
    return found


def title_of(verb: str) -> str:
    """The verb's name; of one that no app declares any more the verb itself."""
    return str(verbs().get(verb, verb))


@cache
def _kinds() -> Mapping[str, Message]:
    named = {model._meta.model_name or "": model._meta.verbose_name or "" for model in apps.get_models()}
    return {**named, **_OTHERS}


def subject_title(kind: str) -> str:
    return str(_kinds().get(kind, kind))
