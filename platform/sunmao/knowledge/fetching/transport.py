"""Connections to judged addresses only, and no longer than a deadline.

A name is resolved here, all its addresses are judged, and the connection goes to one of these very addresses:
there is no second look-up that could answer differently. The name stays in the Host header and in TLS, whose
certificate is checked against it as ever.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, cast

import httpcore
import httpx

from sunmao.knowledge.fetching import policy

Resolve = Callable[[str, int], list[str]]
_CONNECT_SECONDS, _READ_SECONDS = 5.0, 10.0


def resolve(host: str, port: int) -> list[str]:
    """Every address that the system knows for a name, in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


class Judged(httpcore.NetworkBackend):
    """Opens TCP connections for httpcore."""

    def __init__(
        self, *, deadline: float, private_hosts: Collection[str], resolve: Resolve = resolve
    ) -> None:
        self._deadline, self._private_hosts, self._resolve = deadline, private_hosts, resolve
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._addresses(host, port)
        refused: Exception | None = None
        for address in addresses:
            try:
                stream = self._backend.connect_tcp(address, port, min(_CONNECT_SECONDS, self._left()))
                return _Hurried(stream, self._left)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refused = error
        raise refused or httpcore.ConnectError(host)

    def connect_unix_socket(self, *_args: Any, **_options: Any) -> httpcore.NetworkStream:
        raise policy.Refused("forbidden_address")

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, self._left()))

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = self._resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        return found if host in self._private_hosts else policy.judged(found)

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("deadline")
        return left


class _Hurried(httpcore.NetworkStream):
    """No wait outlasts the deadline of the whole fetch: a server cannot drip."""

    def __init__(self, stream: httpcore.NetworkStream, left: Callable[[], float]) -> None:
        self._stream, self._left = stream, left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, min(_READ_SECONDS, self._left()))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, min(_READ_SECONDS, self._left()))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, min(_CONNECT_SECONDS, self._left()))
        return _Hurried(secured, self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class Transport(httpx.BaseTransport):
    """For `httpx.Client`. Every request is judged anew, so every hop of a redirect is.

    With a proxy, names are resolved by the proxy, which then has to keep the rules; what can be judged
    without a name's addresses is judged all the same.
    """

    def __init__(
        self,
        *,
        seconds: float,
        private_hosts: Collection[str] = (),
        proxy: str = "",
        resolve: Resolve = resolve,
    ) -> None:
        self._private_hosts = private_hosts
        context = ssl.create_default_context()
        if proxy:
            self._pool: httpcore.ConnectionPool = httpcore.HTTPProxy(proxy, ssl_context=context)
        else:
            backend = Judged(
                deadline=time.monotonic() + seconds, private_hosts=private_hosts, resolve=resolve
            )
            self._pool = httpcore.ConnectionPool(ssl_context=context, network_backend=backend)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        target = policy.target_of(str(request.url), private_hosts=self._private_hosts)
        url = httpcore.URL(
            scheme=target.scheme.encode(),
            host=target.host.encode(),
            port=target.port,
            target=request.url.raw_path,
        )
        with _translated(request):
            answer = self._pool.handle_request(
                httpcore.Request(
                    request.method,
                    url,
                    headers=request.headers.raw,
                    content=cast(Iterable[bytes], request.stream),
                    extensions=request.extensions,
                )
            )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(request, answer))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, request: httpx.Request, answer: httpcore.Response) -> None:
        self._request, self._answer = request, answer

    def __iter__(self) -> Iterator[bytes]:
        with _translated(self._request):
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextlib.contextmanager
def _translated(request: httpx.Request) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise httpx.ReadTimeout(str(error), request=request) from error
    except (
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
    ) as error:
        raise httpx.ConnectError(str(error), request=request) from error


__all__ = ["Judged", "Resolve", "Transport", "resolve"]
