"""The settings of the audit log as one value; `apps.config.settings.audit` reads it from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class AuditSettings:
    """`keys` are secret texts, the first of which signs, or `public:<hex>` of keys that only verify.

    `sink` is a second place that every entry is delivered to; when `sink_blocks`, nothing is changed while it
    is more than `sink_lag` seconds behind.
    """

    keys: tuple[str, ...] = field(default=(), repr=False)
    seal_seconds: float = 1.0
    sink: str = ""
    sink_blocks: bool = False
    sink_lag: float = 60.0
    head_sink: str = ""
    head_seconds: float = 60.0
    retention_days: Mapping[str, int] = field(default_factory=dict)
    purge: bool = False
    denied_seconds: float = 600.0
