"""Which addresses may be asked. Pure functions over the standard library.

A host is judged by every address that it has, not by how it is written: `http://2130706433/`, `0x7f.1`,
`[::ffff:127.0.0.1]` and a name in somebody's DNS can all be this machine.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}
LONGEST = 2000

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+)){0,3}\.?", re.IGNORECASE)
_HOST = re.compile(
    r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?){0,30}", re.I
)
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_LOCAL_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "corp", "private")
_METADATA = frozenset(map(ipaddress.ip_address, ("169.254.169.254", "100.100.100.200", "fd00:ec2::254")))
# RFC 6052 (NAT64), RFC 3056 (6to4), RFC 4380 (Teredo): addresses of IPv6 that carry one of IPv4 to somewhere.
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = ipaddress.IPv6Network("::/96")
# Not private by name, and never a web server of somebody else: shared, benchmarking, documentation, reserved.
_NEVER = tuple(
    map(
        ipaddress.ip_network,
        (
            *("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4"),
            *("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),
            *("100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10"),
        ),
    )
)


class Refused(Exception):
    """`code` says why: `invalid_url` or `forbidden_address`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Target:
    """What a URL asks for. `host` is a name in ASCII or an address, without brackets."""

    scheme: str
    host: str
    port: int


def target_of(url: str, *, private_hosts: Collection[str] = ()) -> Target:
    """Raises `Refused`. Names in `private_hosts` were allowed by the operator, whatever they resolve to."""
    if len(url) > LONGEST or _FORBIDDEN.search(url.strip()):
        raise Refused("invalid_url")
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise Refused("invalid_url") from error
    if parts.scheme not in PORTS or parts.username is not None or parts.password is not None:
        raise Refused("invalid_url")
    host = _host_of(parts.hostname or "")
    if host not in private_hosts and (port or PORTS[parts.scheme]) not in (80, 443, 8080, 8443):
        raise Refused("forbidden_address")
    if host not in private_hosts and _is_local_name(host):
        raise Refused("forbidden_address")
    if (literal := _literal(host)) is not None and not is_public(literal) and host not in private_hosts:
        raise Refused("forbidden_address")
    return Target(parts.scheme, host, port or PORTS[parts.scheme])


def judged(addresses: Collection[str]) -> list[str]:
    """The addresses, when every one of them is public: a single other one makes the name a trap.

    Raises `Refused`.
    """
    if not addresses or any("%" in one or not is_public(ipaddress.ip_address(one)) for one in addresses):
        raise Refused("forbidden_address")
    return list(addresses)


def is_public(address: Address) -> bool:
    """Whether a machine of somebody else's can stand behind it."""
    if isinstance(address, ipaddress.IPv6Address) and (inner := _carried(address)) is not None:
        return is_public(inner)
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
        and address not in _METADATA
        and not any(address.version == network.version and address in network for network in _NEVER)
    )


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address of IPv4 that is reached through this one."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in _NAT64) or (address in _COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _host_of(name: str) -> str:
    """In ASCII and without the root's dot; a number in any notation is what the system would make of it."""
    if ":" in name:
        return _parsed_v6(name)
    host = _ascii(name).rstrip(".").lower()
    if _NUMERIC.fullmatch(host):
        return _parsed_number(host)
    if not _HOST.fullmatch(host):
        raise Refused("invalid_url")
    return host


def _ascii(name: str) -> str:
    """Other scripts as the DNS has them; full-width digits and dots become what they look like."""
    try:
        return name.encode("idna").decode() if not name.isascii() else name
    except UnicodeError as error:
        raise Refused("invalid_url") from error


def _parsed_v6(name: str) -> str:
    try:
        address = ipaddress.IPv6Address(name)
    except ValueError as error:
        raise Refused("invalid_url") from error
    if address.scope_id is not None:
        raise Refused("forbidden_address")
    return str(address)


def _parsed_number(host: str) -> str:
    """As `inet_aton` reads it: up to four parts, decimal, octal or hexadecimal; the last fills the rest."""
    try:
        parts = [_number(part) for part in host.split(".")]
    except ValueError as error:
        raise Refused("invalid_url") from error
    *head, last = parts
    if any(part > 255 for part in head) or last >= 256 ** (4 - len(head)):
        raise Refused("invalid_url")
    whole = last + sum(part << 8 * (3 - place) for place, part in enumerate(head))
    return str(ipaddress.IPv4Address(whole))


def _number(part: str) -> int:
    if part.lower().startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8) if part.startswith("0") and len(part) > 1 else int(part)


def _is_local_name(host: str) -> bool:
    if _literal(host) is not None:
        return False
    return "." not in host or any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


__all__ = ["Refused", "Target", "is_public", "judged", "target_of"]
