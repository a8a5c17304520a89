"""One breaker for each model server of this process: one that keeps failing is left alone for a while."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from sunmao.guards.moderation.breaker import Breaker


@cache
def breaker_of(server: str) -> Breaker:
    return Breaker(failures=settings.SUNMAO_OPENAI_FAILURES, pause=settings.SUNMAO_OPENAI_PAUSE)


def forget() -> None:
    """Every server is trusted anew."""
    breaker_of.cache_clear()


__all__ = ["breaker_of", "forget"]
