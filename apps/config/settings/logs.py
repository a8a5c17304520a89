"""JSON lines on standard error: one event, its request id, no personal text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from sunmao.core.request_id import current_request_id
from sunmao.core.secret_text import without_secrets
from sunmao.guards.personal.masking import mask_structured


def _with_request_id(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    if current_request_id():
        event["request_id"] = current_request_id()
    return event


_OURS = frozenset({"timestamp", "level", "logger", "request_id"})


def _without_personal_data(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Last, when exceptions are text already: what a library or an error says may quote what people wrote."""
    return {name: value if name in _OURS else _masked(value) for name, value in event.items()}


def _masked(value: Any) -> Any:
    match value:
        case str():
            return mask_structured(without_secrets(value))
        case bool() | float() | None:
            return value
        case int():
            said = mask_structured(str(value))
            return value if said == str(value) else said
        case Mapping():
            return {_masked(name): _masked(one) for name, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_masked(one) for one in value]
    return mask_structured(without_secrets(str(value)))


def logging_config(*, debug: bool) -> dict[str, Any]:
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _with_request_id,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    last: Any = (
        structlog.dev.ConsoleRenderer() if debug else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "events": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    _without_personal_data,
                    last,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "ERROR"},
            "httpx": {"level": "WARNING"},
            "presidio-analyzer": {"level": "ERROR"},  # it tells of every text that it reads
        },
    }
