"""Which servers there are, in the order in which they are tried."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure
from sunmao.guards.moderation.breaker import Breaker
from sunmao.inference.breaker import breaker_of


@dataclass(frozen=True)
class Server:
    """An address that ends in `/v1`, what it calls the model, and the key that it wants."""

    url: str
    model: str
    key: str = field(default="", repr=False)

    @property
    def breaker(self) -> Breaker:
        return breaker_of(self.url)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key or 'none'}"}


def configured() -> tuple[Server, ...]:
    """The one of the single settings first, then those of `SUNMAO_OPENAI_SERVERS`."""
    found = [
        Server(one["url"].rstrip("/"), one["model"], one["key"]) for one in settings.SUNMAO_OPENAI_SERVERS
    ]
    if settings.SUNMAO_OPENAI_BASE_URL and settings.SUNMAO_MODEL:
        url = settings.SUNMAO_OPENAI_BASE_URL.rstrip("/")
        found.insert(0, Server(url, settings.SUNMAO_MODEL, settings.SUNMAO_OPENAI_API_KEY))
    if not found:
        raise EngineFailure(
            _("Set SUNMAO_OPENAI_BASE_URL and SUNMAO_MODEL, or choose the engine `extractive`."),
            code="engine_not_configured",
        )
    return tuple(found)


__all__ = ["Server", "configured"]
