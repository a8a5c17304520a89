"""A proxy's word counts only where the settings name that proxy."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test.utils import override_settings

from apps.config.settings.audit import trusted_proxies
from sunmao.core.origin import Origin, origin_of

PROXIES = ["10.0.0.0/8", "fd00::/8", "192.0.2.7"]


@pytest.mark.parametrize(
    ("case", "remote", "forwarded", "address"),
    [
        ("nobody forwards", "203.0.113.5", "", "203.0.113.5"),
        ("a stranger forges", "203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("a proxy forwards", "10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("the client forges before a proxy", "10.1.2.3", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("two proxies forward", "10.1.2.3", "198.51.100.1, 192.0.2.7", "198.51.100.1"),
        ("only proxies", "10.1.2.3", "10.9.9.9", "10.9.9.9"),
        ("a proxy writes nonsense", "10.1.2.3", "unknown", "10.1.2.3"),
        ("a port", "10.1.2.3:4711", "198.51.100.1:80", "198.51.100.1"),
        ("IPv6", "fd00::1", "[2001:db8::7]:443", "2001:db8::7"),
        ("IPv4 in IPv6", "::ffff:10.1.2.3", "::ffff:198.51.100.1", "198.51.100.1"),
        ("a socket", "", "198.51.100.1", ""),
    ],
)
def test_the_nearest_address_that_is_no_proxy_of_ours(
    case: str, remote: str, forwarded: str, address: str
) -> None:
    meta = {"REMOTE_ADDR": remote, "HTTP_X_FORWARDED_FOR": forwarded}
    with override_settings(SUNMAO_TRUSTED_PROXIES=PROXIES):
        assert origin_of(meta).address == address


def test_a_program_is_named_shortly_and_in_one_line() -> None:
    agent = "Browser/1\r\nX: y" + "z" * 500
    assert origin_of({"HTTP_USER_AGENT": agent}) == Origin("", ("Browser/1X: y" + "z" * 500)[:120])


def test_a_proxy_that_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUNMAO_TRUSTED_PROXIES", "10.0.0.0/8, proxy.example.com")
    with pytest.raises(ImproperlyConfigured):
        trusted_proxies()
