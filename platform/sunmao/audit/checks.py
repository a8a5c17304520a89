"""Settings that would make the log worth less are refused at start-up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from sunmao.audit.retention import CLASSES
from sunmao.audit.signing import AuditKeyMissing, public_keys, signer
from sunmao.audit.targets import check_head_sink, check_sink
from sunmao.core.vertical import configs


@register("audit")
def retention_is_long_enough(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for name, days in settings.SUNMAO_AUDIT.retention_days.items():
        known = CLASSES.get(name)
        if known is None:
            text = f"SUNMAO_AUDIT_RETENTION_DAYS: there is no class {name}; known are {', '.join(CLASSES)}."
            found.append(Error(text, id="sunmao.E030"))
        elif days < known.days:
            text = f"{name} must be kept for {known.days} days or longer, not {days}."
            found.append(Error(f"SUNMAO_AUDIT_RETENTION_DAYS: {text}", id="sunmao.E031"))
    return found


@register("audit")
def verticals_name_known_classes(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    named = [
        (config.vertical.slug, name)
        for config in configs()
        for name in (config.vertical.retention, *(task.retention for task in config.vertical.tasks))
        if name and name not in CLASSES
    ]
    return [Error(f"{slug}: there is no retention class {name}.", id="sunmao.E032") for slug, name in named]


@register("audit")
def sinks_can_be_reached_by_their_address(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> list[CheckMessage]:
    audit, found = settings.SUNMAO_AUDIT, []
    for address, check in ((audit.sink, check_sink), (audit.head_sink, check_head_sink)):
        try:
            if address:
                check(address)
        except ImproperlyConfigured as error:
            found.append(Error(str(error), id="sunmao.E033"))
    if audit.sink_blocks and not audit.sink:
        found.append(Error("SUNMAO_AUDIT_SINK_BLOCKS needs SUNMAO_AUDIT_SINK.", id="sunmao.E033"))
    return list(found)


@register(Tags.database)
def the_log_can_be_signed(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Asked at every start (`prepare`), not by `check` alone: sources can be looked at without a key."""
    if "default" not in (databases or ()):
        return []
    try:
        signer(), public_keys()
    except AuditKeyMissing:
        hint = "Set SUNMAO_AUDIT_KEYS or SUNMAO_AUDIT_KEYS_FILE; `make run` makes one at its first start."
        return [Error("There is no key to sign the audit log with.", hint=hint, id="sunmao.E034")]
    except ImproperlyConfigured as error:
        return [Error(str(error), id="sunmao.E034")]
    return []
