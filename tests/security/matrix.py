"""Every address of the product, with each method it takes: who may, and what others are told.

One declarative table. What each caller must be told follows from it (`expected`), and so does what must be
written to the audit log. An address that is not in it fails `test_every_address_is_in_the_matrix`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from tests.fixtures.files import RETURNS
from tests.security.world import NOBODY, Caller, House, Shelf

OPEN, MEMBER, NOBODY_MAY = "anybody", "any member", "nobody may"
READ_STAFF = "knowledge.base.read_internal"
CONSOLE = "console.site.open"
Whose = Literal["own", "staff", "foreign"]


@dataclass(frozen=True)
class Target:
    """What a request names: a shelf of a house, and whose exchange."""

    house: House
    shelf: Shelf
    exchange: Any

    @property
    def others(self) -> Mapping[str, object]:
        return self.house.others


Send = Callable[[Client, Target], HttpResponse]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One address and method.

    `needs` is the right to do it. `names` says what it is done to: nothing, a shelf (of which there is one
    for staff too), a thing of a house, or something of the caller's own. `writes` are the audit entries of
    success; `silent` says why there is none. `narrow` is what a key is told that is narrowed to another
    base, where that is not the usual.
    """

    route: str
    method: str
    send: Send
    gives: int
    needs: str
    names: Literal["nothing", "shelf", "house", "own"] = "nothing"
    writes: tuple[str, ...] = ()
    silent: str = ""
    foreign: int = 404
    denied: int = 403
    anonymous: int = 0
    narrow: int = 0

    @property
    def id(self) -> str:
        return f"{self.method} /{self.route}"

    @property
    def door(self) -> str:
        first = self.route.partition("/")[0]
        return {"api": "api", "v1": "api", "mcp": "api", "console": "console"}.get(first, "portal")


@dataclass(frozen=True)
class Verdict:
    status: int
    allowed: bool


def expected(row: Row, caller: Caller, whose: Whose) -> Verdict:
    """What the table asks for."""
    signed_in = caller.name != NOBODY and (row.door == "api" or not caller.is_key)
    if row.needs == OPEN:
        return Verdict(row.gives if signed_in or not row.anonymous else row.anonymous, allowed=True)
    if not signed_in:
        return Verdict(row.anonymous or (401 if row.door == "api" else 302), allowed=False)
    if row.door == "console" and CONSOLE not in caller.may:
        return Verdict(302, allowed=False)
    if row.needs != MEMBER and row.needs not in caller.may:
        return Verdict(row.denied, allowed=False)
    if caller.narrow and row.narrow:
        return Verdict(row.narrow, allowed=False)
    hidden = whose == "staff" and READ_STAFF not in caller.may
    if row.names != "nothing" and (whose == "foreign" or hidden or (caller.narrow and row.names == "shelf")):
        return Verdict(row.foreign, allowed=False)
    return Verdict(row.gives, allowed=True)


# Django's admin refuses in three ways, of which none tells more than the others: to the start with a message
# that there is no such thing, to the sign-in, or with an error page.
REFUSED_IN_THE_CONSOLE = (302, 403, 404)


def is_as_expected(row: Row, verdict: Verdict, status: int) -> bool:
    if row.door == "console" and not verdict.allowed:
        return status in REFUSED_IN_THE_CONSOLE or status == row.foreign
    return status == verdict.status


def get(path: str) -> Send:
    return lambda client, target: client.get(at(path, target))


def post(path: str, data: Callable[[Target], Any] | None = None, **options: Any) -> Send:
    return lambda client, target: client.post(at(path, target), data(target) if data else {}, **options)


def post_json(path: str, data: Callable[[Target], Any]) -> Send:
    return post(path, data, content_type="application/json")


def delete(path: str) -> Send:
    return lambda client, target: client.delete(at(path, target))


def send_json(method: str, path: str, data: Callable[[Target], Any]) -> Send:
    def send(client: Client, target: Target) -> HttpResponse:
        call = getattr(client, method.lower())
        answered: HttpResponse = call(at(path, target), data(target), content_type="application/json")
        return answered

    return send


def at(path: str, target: Target) -> str:
    """`{document}` and the like are those of the shelf, `{key}` and the like those of the house."""
    exchange = target.exchange
    values = {**vars(target.shelf), **target.others, "record": target.house.record}
    if exchange is not None:
        values |= {"exchange": exchange.pk, "conversation": exchange.conversation_id}
    return "/" + path.format(**values)


def a_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("new.md", RETURNS.encode())
