"""Addresses that lead inside, in every spelling; a listener inside counts who came: nobody."""

# ruff: noqa: E501  the cases are a table, a line each
from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

import pytest

from sunmao.knowledge.fetching import Unfetchable, fetch, policy
from tests.sunmao.knowledge.fetching.site import Site, site

PUBLIC = "93.184.215.14"

# {port} is the port of the listener inside.
WRITTEN = [
    "http://127.0.0.1:{port}/", "http://127.1:{port}/", "http://127.0.1:{port}/", "http://0:{port}/", "http://0.0.0.0:{port}/",
    "http://2130706433:{port}/", "http://0x7f000001:{port}/", "http://0x7f.0.0.1:{port}/", "http://0x7f.1:{port}/", "http://017700000001:{port}/",
    "http://0177.0.0.1:{port}/", "http://0177.0x0.0.1:{port}/", "http://127.0.0.1.:{port}/", "http://127.255.255.254:{port}/", "http://000000127.0.0.1:{port}/",
    "http://１２７.０.０.１:{port}/", "http://127。0。0。1:{port}/", "http://①②⑦.⓪.⓪.①:{port}/", "http://[::1]:{port}/", "http://[::]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://[::ffff:7f00:1]:{port}/", "http://[::127.0.0.1]:{port}/", "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/", "http://[64:ff9b:1::7f00:1]:{port}/", "http://[2002:7f00:1::]:{port}/", "http://[2002:c0a8:0101::1]/", "http://[2001:0:7f00:1::80ff:fffe]/",
    "http://[fe80::1]/", "http://[fe80::1%25lo]/", "http://[fc00::1]/", "http://[fd12:3456:789a::1]/", "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[ff02::1]/", "http://[fec0::1]/", "http://[::ffff:169.254.169.254]/", "http://[::ffff:10.0.0.1]/", "http://10.0.0.1/",
    "http://10.255.255.255/", "http://172.16.0.1/", "http://172.31.255.254/", "http://192.168.0.1/", "http://192.168.1.1:8080/admin",
    "http://169.254.169.254/latest/meta-data/", "http://0xa9fea9fe/", "http://2852039166/", "http://0251.0376.0251.0376/", "http://100.100.100.200/",
    "http://100.64.0.1/", "http://192.0.0.192/", "http://198.18.0.1/", "http://224.0.0.1/", "http://239.255.255.250/",
    "http://240.0.0.1/", "http://255.255.255.255/", "http://192.0.2.1/", "http://198.51.100.7/", "http://203.0.113.9/",
    "http://localhost:{port}/", "http://LOCALHOST:{port}/", "http://localhost.:{port}/", "http://ⓛocalhost:{port}/", "http://a.localhost:{port}/",
    "http://db.internal/", "http://printer.local/", "http://wiki.corp/", "http://router.lan/", "http://intranet/",
    "http://metadata.google.internal/computeMetadata/v1/", "http://kubernetes.default.svc.cluster.local/", "http://redis:6379/", "http://example.com:22/", "http://example.com:6379/",
    "ftp://127.0.0.1:{port}/", "file:///etc/passwd", "gopher://127.0.0.1:{port}/_x", "dict://127.0.0.1:{port}/", "jar:http://127.0.0.1!/",
    "data:text/html,x", "javascript:alert(1)", "//127.0.0.1:{port}/", "127.0.0.1:{port}", "http:///127.0.0.1:{port}/",
    "http://user@127.0.0.1:{port}/", "http://user:word@example.com/", "http://example.com@127.0.0.1:{port}/", "http://127.0.0.1:{port}\\@example.com/", "http://example.com#@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\t/", "http://exa\nmple.com/", "http://127.0.0.1:99999/", "http://[::1/", "http://256.256.256.256/",
    "http://0x7f.1.2.3.4/", "http://-/", "http://" + "a" * 3000 + "/", "", "http://",
]  # fmt: skip


@pytest.fixture
def inside() -> Iterator[Site]:
    with site() as listener:
        yield listener


def known(*addresses: str) -> Any:
    """A look-up that gives these, whatever is asked."""
    return lambda host, port: list(addresses)


def code_of(url: str, resolve: Any) -> str:
    with pytest.raises(Unfetchable) as refused:
        fetch(url, resolve=resolve)
    return refused.value.code


def test_there_are_at_least_eighty_ways_to_write_it() -> None:
    assert len(set(WRITTEN)) == len(WRITTEN) >= 80


@pytest.mark.parametrize("url", WRITTEN)
def test_an_address_inside_is_refused_however_it_is_written(inside: Site, url: str) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    assert code_of(url.format(port=inside.port), resolve) in ("invalid_url", "forbidden_address")
    assert inside.hits == []


@pytest.mark.parametrize(
    ("case", "addresses"),
    [
        ("this machine", ["127.0.0.1"]),
        ("this machine, version six", ["::1"]),
        ("one public and one private", [PUBLIC, "10.0.0.1"]),
        ("one private and one public", ["192.168.1.1", PUBLIC]),
        ("the metadata of a cloud", ["169.254.169.254"]),
        ("an address with a zone", ["fe80::1%eth0"]),
        ("an address of version four in one of six", ["::ffff:127.0.0.1"]),
        ("nothing", []),
    ],
)
def test_a_name_that_leads_inside_is_refused(inside: Site, case: str, addresses: list[str]) -> None:
    assert code_of("http://page.example.com/", known(*addresses)) == "forbidden_address", case
    assert inside.hits == []


@pytest.mark.parametrize(
    "address",
    [PUBLIC, "1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.255.255", "2606:4700:4700::1111", "64:ff9b::808:808", "2002:808:808::1"],
)  # fmt: skip
def test_what_is_public_is_public(address: str) -> None:
    assert policy.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("case", "url", "host", "port"),
    [
        ("a plain address", "http://example.com/a?b#c", "example.com", 80),
        ("another script", "https://例子.测试/页", "xn--fsqu00a.xn--0zwm56d", 443),
        ("capitals and the root's dot", "HTTPS://Example.COM./", "example.com", 443),
        ("a port", "http://example.com:8080/", "example.com", 8080),
        ("spaces around it", "  http://example.com/ ", "example.com", 80),
        ("a number of somebody else's", "http://1.1.1.1/", "1.1.1.1", 80),
    ],
)
def test_an_address_outside_may_be_asked(case: str, url: str, host: str, port: int) -> None:
    target = policy.target_of(url)
    assert (target.host, target.port) == (host, port), case


# Redirects and rebinding: a page outside, played by a listener that the operator has allowed by name.


@pytest.fixture
def outside(settings: Any) -> Iterator[Site]:
    settings.SUNMAO_FETCH_PRIVATE_HOSTS = ["page.example.com"]
    with site("127.0.0.2") as listener:
        yield listener


def to_outside(host: str, port: int) -> list[str]:
    return ["127.0.0.2"] if host == "page.example.com" else ["127.0.0.1"]


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://2130706433:{port}/", "http://localhost:{port}/",
        "//127.0.0.1:{port}/", "http://other.example.com:8080/", "http://169.254.169.254/latest/", "file:///etc/passwd",
        "http://user:word@127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/",
    ],
)  # fmt: skip
def test_a_redirect_inside_is_not_followed(inside: Site, outside: Site, location: str) -> None:
    target = location.format(port=inside.port)
    with pytest.raises(Unfetchable):
        fetch(f"http://page.example.com:{outside.port}/to/{target}", resolve=to_outside)
    assert (len(outside.hits), inside.hits) == (1, [])


def test_a_name_that_changes_its_mind_is_asked_once_and_believed_once(inside: Site) -> None:
    """Rebinding: public when it is judged, private when it is connected. There is no second look-up."""
    answers = [[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]]
    asked: list[list[str]] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(answers[len(asked)])
        return asked[-1]

    from sunmao.knowledge.fetching.transport import Judged

    connected: list[str] = []

    class Backend:
        def connect_tcp(self, address: str, port: int, timeout: float) -> None:
            connected.append(address)

    judged = Judged(deadline=1e12, private_hosts=(), resolve=resolve)
    judged._backend = Backend()  # type: ignore[assignment]
    judged.connect_tcp("page.example.com", inside.port)
    assert (connected, asked, inside.hits) == ([PUBLIC], [[PUBLIC]], [])
