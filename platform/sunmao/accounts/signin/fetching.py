"""Requests to identity providers. Their addresses are written by organisations, not by the operator.

So they must not reach what only this machine can: every connection is checked where it was made to, after the
name was resolved and before anything is sent. Private networks are open only where the operator says so, and
there alone plain HTTP is. Redirects are not followed, answers are bounded, and the environment's proxies are
not asked.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager

TIMEOUT = (5, 10)
LONGEST_ANSWER = 1024 * 1024


class Refused(requests.RequestException):
    """The address may not be asked, or its answer is too long."""


class _CheckedHTTP(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn(), plain=True)


class _CheckedHTTPS(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn(), plain=False)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _CheckedHTTP


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _CheckedHTTPS


class _CheckedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = PoolManager(*args[:1], **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


class ProviderSession(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = settings.SUNMAO_SSO_CA_BUNDLE or True
        self.mount("http://", _CheckedAdapter())
        self.mount("https://", _CheckedAdapter())

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.update(timeout=TIMEOUT, allow_redirects=False, stream=True)
        if urlsplit(str(url)).scheme not in ("http", "https"):
            raise Refused("not a web address")
        response = super().request(method, url, *args, **kwargs)
        return _bounded(response)


def _bounded(response: requests.Response) -> requests.Response:
    read = b""
    for piece in response.iter_content(64 * 1024):
        read += piece
        if len(read) > LONGEST_ANSWER:
            response.close()
            raise Refused("the answer is too long")
    response._content = read
    return response


def _checked(connected: socket.socket, *, plain: bool) -> socket.socket:
    peer = ipaddress.ip_address(connected.getpeername()[0].partition("%")[0])
    peer = getattr(peer, "ipv4_mapped", None) or peer
    opened = any(peer in network for network in _open_networks() if network.version == peer.version)
    if opened or (peer.is_global and not plain):
        return connected
    connected.close()
    raise Refused("this address may not be asked")


def _open_networks() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(text, strict=False) for text in settings.SUNMAO_SSO_PRIVATE_NETWORKS]
