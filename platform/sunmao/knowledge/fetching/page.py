"""The verb: a URL becomes bytes with a name, or a reason."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import unquote, urlsplit

import httpx
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Message, SunmaoError
from sunmao.knowledge.fetching import policy
from sunmao.knowledge.fetching.transport import Resolve, Transport, resolve
from sunmao.knowledge.text.parsing import SUPPORTED_EXTENSIONS
from sunmao.knowledge.text.parsing.naming import extension_of

SECONDS = 30
MAX_REDIRECTS = 5

_OK, _UNCHANGED = 200, 304
_ASKED_TOO_OFTEN = (429, 503)
_TYPE = re.compile(r"\s*([\w.+-]+/[\w.+-]+)")
_ENDINGS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    **{
        media_type: ending
        for ending, media_type in SUPPORTED_EXTENSIONS.items()
        if media_type.startswith("app")
    },
}
_PACKED = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_HEADERS = {
    "User-Agent": "Sunmao (knowledge import)",
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.5",
    "Accept-Encoding": "gzip, identity",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8",
}


class Unfetchable(SunmaoError):
    """A URL that could not be fetched, or may not be."""

    code, status = "cannot_fetch", 422
    default_message = _("The address does not answer as it should. Check it in a browser and try again.")
    messages: ClassVar[dict[str, Message]] = {
        "invalid_url": _("Give the address of a page: http:// or https://, without a password."),
        "forbidden_address": _("This address belongs to a private network. It is not fetched."),
        "fetch_timeout": _("The page took longer than half a minute. Download it, then upload it."),
        "page_too_large": _("The page is larger than a file may be here. Nothing was saved."),
        "too_many_redirects": _("The address leads from one page to the next without end."),
        "page_not_found": _("There is no page at this address, or it wants a sign-in."),
        "site_is_busy": _("The site asks to be asked less often. The rest is left for the next look."),
    }  # fmt: skip


@dataclass(frozen=True)
class Fetched:
    """`url` is where the bytes came from in the end; `name` is a file name with the ending of its content.

    `etag` and `last_modified` are what the server calls this content, for asking again.
    """

    url: str
    name: str
    data: bytes
    media_type: str
    etag: str = ""
    last_modified: str = ""


def fetch(url: str, *, resolve: Resolve = resolve) -> Fetched:
    """Ask one page, as a person asks for it: robots.txt is about crawlers, and this follows no link.

    Raises `Unfetchable`.
    """
    page = fetch_changed(url, resolve=resolve)
    if page is None:
        raise Unfetchable
    return page


def fetch_changed(
    url: str, *, etag: str = "", last_modified: str = "", resolve: Resolve = resolve
) -> Fetched | None:
    """The page unless it is still what the server called so; None then. Raises `Unfetchable`."""
    known = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    transport = Transport(
        seconds=SECONDS,
        private_hosts=frozenset(settings.SUNMAO_FETCH_PRIVATE_HOSTS),
        proxy=settings.SUNMAO_FETCH_PROXY,
        resolve=resolve,
    )
    try:
        with httpx.Client(
            transport=transport,
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            headers=_HEADERS | {name: value for name, value in known.items() if value},
            trust_env=False,
        ) as client:
            return _asked(client, url)
    except policy.Refused as error:
        raise Unfetchable(code=error.code) from error
    except httpx.TooManyRedirects as error:
        raise Unfetchable(code="too_many_redirects") from error
    except httpx.TimeoutException as error:
        raise Unfetchable(code="fetch_timeout") from error
    except httpx.InvalidURL as error:
        raise Unfetchable(code="invalid_url") from error
    except (httpx.HTTPError, zlib.error) as error:
        raise Unfetchable from error


def _asked(client: httpx.Client, url: str) -> Fetched | None:
    policy.target_of(url, private_hosts=frozenset(settings.SUNMAO_FETCH_PRIVATE_HOSTS))
    with client.stream("GET", url.strip()) as answer:
        if answer.status_code == _UNCHANGED:
            return None
        if answer.status_code in _ASKED_TOO_OFTEN:
            raise Unfetchable(code="site_is_busy")
        if answer.status_code != _OK:
            raise Unfetchable(code="page_not_found" if 400 <= answer.status_code < 500 else "cannot_fetch")
        data = _body(answer, limit=settings.SUNMAO_MAX_UPLOAD)
        found = _TYPE.match(answer.headers.get("Content-Type", ""))
        media_type = found.group(1).lower() if found else ""
        return Fetched(
            url=str(answer.url),
            name=_name_of(str(answer.url), media_type),
            data=data,
            media_type=media_type,
            etag=_validator(answer, "ETag", 300),
            last_modified=_validator(answer, "Last-Modified", 80),
        )


def _validator(answer: httpx.Response, name: str, longest: int) -> str:
    """What can be sent back as it is, or nothing: half of it would be another one."""
    value = answer.headers.get(name, "")
    return value if len(value) <= longest and value.isascii() and value.isprintable() else ""


def _body(answer: httpx.Response, *, limit: int) -> bytes:
    """Unpacked step by step and counted: what arrives is small, what it unpacks to need not be."""
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in (*_PACKED, "identity", ""):
        raise Unfetchable
    unpack = zlib.decompressobj(_PACKED[encoding]) if encoding in _PACKED else None
    held = bytearray()
    for chunk in answer.iter_raw():
        rest = chunk
        while rest:
            held += unpack.decompress(rest, limit + 1 - len(held)) if unpack else rest
            rest = unpack.unconsumed_tail if unpack else b""
            if len(held) > limit:
                raise Unfetchable(code="page_too_large")
    return bytes(held)


def _name_of(url: str, media_type: str) -> str:
    """The last part of the path, with the ending of its content; the host's name for a page at the root."""
    parts = urlsplit(url)
    last = unquote(parts.path).rstrip("/").rpartition("/")[2] or parts.hostname or "page"
    if extension_of(last) in SUPPORTED_EXTENSIONS:
        return last
    return last + _ENDINGS.get(media_type, ".html")


__all__ = ["Fetched", "Unfetchable", "fetch", "fetch_changed"]
