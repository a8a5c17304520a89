"""From where a request came: the client's address and its program, for audit entries and throttles.

A proxy's word counts only when the connection comes from a proxy that the settings name.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings

AGENT_CHARACTERS = 120
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Origin:
    address: str = ""
    agent: str = ""

    def as_dict(self) -> dict[str, str]:
        return {name: text for name, text in (("address", self.address), ("agent", self.agent)) if text}


_origin: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039  frozen


def current_origin() -> Origin:
    return _origin.get()


def set_origin(origin: Origin) -> None:
    _origin.set(origin)


def origin_of(meta: Mapping[str, Any]) -> Origin:
    """The origin of a request, from its WSGI or ASGI environment."""
    agent = str(meta.get("HTTP_USER_AGENT", ""))
    shown = "".join(character for character in agent if character.isprintable())
    return Origin(client_address(meta), shown[:AGENT_CHARACTERS])


def client_address(meta: Mapping[str, Any]) -> str:
    """The nearest address that is not one of our own proxies; empty when there is none."""
    trusted = _networks(tuple(settings.SUNMAO_TRUSTED_PROXIES))
    address = _address(str(meta.get("REMOTE_ADDR", "")))
    forwarded = [part for part in str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",") if part.strip()]
    while forwarded and _is_in(address, trusted):
        farther = _address(forwarded.pop())
        if not farther:
            break  # what a proxy did not write as an address is nobody's
        address = farther
    return address


def _address(text: str) -> str:
    """`1.2.3.4`, `1.2.3.4:80`, `[::1]:80` or `::1`, without the port; empty when it is none of them."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


@lru_cache(maxsize=8)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def _is_in(address: str, networks: Iterable[Network]) -> bool:
    if not address:
        return False
    found = ipaddress.ip_address(address)
    return any(found.version == network.version and found in network for network in networks)
