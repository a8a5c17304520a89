"""From what a server answered, or failed to, to an error that says what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import httpx
import structlog

from sunmao.inference.errors import (
    ContextOverflow,
    ModelServerFailure,
    ModelUnknown,
    RequestRefused,
    ServerBusy,
    ServerRefusesUs,
    ServerTooSlow,
    ServerUnreachable,
)

log = structlog.get_logger(__name__)

LONGEST = 200
# How servers say that a prompt is too long: OpenAI's own code, then vLLM, llama.cpp, Ollama and others.
_TOO_LONG = re.compile(
    r"context_length_exceeded|maximum context length|context (?:length|window|size)|too many tokens"
    r"|exceed\w* .{0,40}(?:context|max_model_len)|prompt is too long",
    re.IGNORECASE,
)


def of_status(status: int, headers: Mapping[str, str], body: str, *, model: str) -> ModelServerFailure:
    said = _said(body)
    log.warning("model_server_answered", status=status, said=said, model=model)
    match status:
        case 401 | 403:
            return ServerRefusesUs()
        case 404:
            return ModelUnknown(model)
        case 429:
            return ServerBusy(_seconds(headers.get("retry-after", "")))
        case 400 | 413 | 422 if _TOO_LONG.search(body):
            return ContextOverflow()
        case _ if status < 500 and status not in (408, 409):
            return RequestRefused(said)
    return ModelServerFailure()


def of_error(told: Mapping[str, Any]) -> ModelServerFailure:
    """An error that came inside a stream instead of its first word."""
    text = json.dumps(told)
    log.warning("model_server_answered", status=told.get("code"), said=_said(text))
    return ContextOverflow() if _TOO_LONG.search(text) else ModelServerFailure()


def of_exception(raised: Exception) -> ModelServerFailure:
    log.warning("model_server_broke", kind=type(raised).__name__)
    if isinstance(raised, httpx.ConnectError | httpx.ConnectTimeout | httpx.UnsupportedProtocol):
        return ServerUnreachable()
    return ServerTooSlow() if isinstance(raised, httpx.TimeoutException) else ModelServerFailure()


def _said(body: str) -> str:
    """The message of OpenAI's error object, or the beginning of whatever else was sent."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return body.strip()[:LONGEST]
    error = found.get("error", found) if isinstance(found, dict) else found
    return str(error.get("message", error) if isinstance(error, dict) else error)[:LONGEST]


def _seconds(text: str) -> float | None:
    try:
        return max(0.0, float(text))
    except ValueError:
        return None


__all__ = ["of_error", "of_exception", "of_status"]
