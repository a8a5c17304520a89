"""Readers of the settings about lifetimes, rates and limits of use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured

from sunmao.core import env

_QUOTA = re.compile(r"(organisation|person|key):(requests|tokens)/(minute|hour|day|month)=(\d+)")
_RATE = re.compile(r"(\d+)/(second|minute|hour)")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}


@dataclass(frozen=True)
class DefaultQuota:
    target: str
    measure: str
    period: str
    limit: int


def quota(text: str) -> DefaultQuota:
    match = _QUOTA.fullmatch(text)
    if not match:
        raise ImproperlyConfigured(f"SUNMAO_QUOTAS must be like person:requests/minute=60, not {text!r}.")
    return DefaultQuota(match[1], match[2], match[3], int(match[4]))


def rate(name: str, default: str) -> tuple[int, int] | None:
    """(requests, seconds), or None for `0`: not throttled."""
    text = env.text(name, default)
    match = _RATE.fullmatch(text)
    if text != "0" and not (match and int(match[1])):
        raise ImproperlyConfigured(f"{name} must be like 600/minute, or 0, not {text!r}.")
    return (int(match[1]), _SECONDS[match[2]]) if match else None


def seconds(name: str, default: int, most: int) -> int:
    number = env.integer(name, default)
    if not 1 <= number <= most:
        raise ImproperlyConfigured(f"{name} must be from 1 to {most}, not {number}.")
    return number


def days(name: str, default: int) -> timedelta | None:
    number = env.integer(name, default)
    return timedelta(days=number) if number else None
