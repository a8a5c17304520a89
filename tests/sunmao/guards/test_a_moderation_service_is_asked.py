"""A service outside may object to a question or an answer; whatever else it does, nobody waits for ever."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test.utils import override_settings

from apps.config.settings.guards import moderation as defaults
from sunmao.guards.moderation import service
from sunmao.guards.moderation.breaker import Breaker
from sunmao.guards.moderation.service import moderate
from sunmao.guards.moderation.shapes import Unreadable, verdict_of

CLEAN = {"results": [{"flagged": False, "categories": {"violence": False}}]}
BAD = {"results": [{"flagged": True, "categories": {"violence": True, "hate": False}}]}


@dataclass
class Moderator:
    """Says what a test tells it to; `behave` may do anything with the handler."""

    url: str = ""
    says: Any = None
    status: int = 200
    delay: float = 0.0
    raw: bytes | None = None
    drip: bool = False
    fail_first: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)


def _handler(moderator: Moderator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            moderator.asked.append({"authorization": self.headers["Authorization"], "body": body})
            time.sleep(moderator.delay)
            failing = len(moderator.asked) <= moderator.fail_first
            data = moderator.raw if moderator.raw is not None else json.dumps(moderator.says).encode()
            self.send_response(503 if failing else moderator.status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            try:
                for start in range(0, len(data), 1 if moderator.drip else len(data) or 1):
                    self.wfile.write(data[start : start + 1] if moderator.drip else data)
                    self.wfile.flush()
                    time.sleep(0.1 if moderator.drip else 0)
            except OSError:
                pass  # the asker did not wait

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


@pytest.fixture
def moderator() -> Iterator[Moderator]:
    found = Moderator()
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    found.url = f"http://127.0.0.1:{http.server_address[1]}/moderate"
    threading.Thread(target=http.serve_forever, daemon=True).start()
    service._made.cache_clear()
    try:
        yield found
    finally:
        http.shutdown()
        http.server_close()


def _asked(moderator: Moderator, text: str = "text", **more: Any) -> service.Moderated:
    options = {**defaults(), "url": moderator.url, "milliseconds": 400, "retries": 0, **more}
    with override_settings(SUNMAO_MODERATION=options):
        return moderate(text, direction="question")


def test_without_an_address_nobody_is_asked() -> None:
    assert moderate("text", direction="question") == service.OFF


def test_what_it_does_not_mind_passes(moderator: Moderator) -> None:
    moderator.says = CLEAN
    found = _asked(moderator, "How long is the warranty?", key="secret", model="m-1")
    assert (found.state, found.blocked, found.categories) == ("checked", False, ())
    assert moderator.asked == [
        {
            "authorization": "Bearer secret",
            "body": {"input": "How long is the warranty?", "model": "m-1"},
        }
    ]


def test_what_it_objects_to_is_blocked_and_says_why(moderator: Moderator) -> None:
    moderator.says = BAD
    found = _asked(moderator)
    assert (found.state, found.blocked, found.categories) == ("checked", True, ("violence",))


@pytest.mark.parametrize("fail", ["open", "closed"])
@pytest.mark.parametrize(
    ("case", "behaviour", "reason"),
    [
        ("it hangs", {"delay": 1.0, "says": CLEAN}, "timeout"),
        ("it drips", {"drip": True, "says": CLEAN}, "timeout"),
        ("it breaks", {"status": 500, "says": {}}, "status_500"),
        ("it refuses us", {"status": 401, "says": {}}, "status_401"),
        ("it sends elsewhere", {"status": 302, "says": {}}, "status_302"),
        ("it talks nonsense", {"raw": b"<html>"}, "unreadable"),
        ("it says something else", {"says": {"ok": True}}, "unreadable"),
        ("it never ends", {"raw": b"[" + b"1," * 600_000}, "unreadable"),
        ("it says nothing", {"raw": b""}, "unreadable"),
    ],
)
def test_without_a_verdict_the_setting_decides(
    moderator: Moderator, case: str, behaviour: dict[str, Any], reason: str, fail: str
) -> None:
    for name, value in behaviour.items():
        setattr(moderator, name, value)
    began = time.monotonic()
    found = _asked(moderator, fail=fail)
    assert (found.state, found.blocked, found.reason) == ("failed", fail == "closed", reason)
    assert time.monotonic() - began < 3


def test_it_is_asked_again_when_that_may_help(moderator: Moderator) -> None:
    moderator.says, moderator.fail_first = CLEAN, 1
    assert _asked(moderator, retries=1).state == "checked"
    assert len(moderator.asked) == 2


def test_it_is_not_asked_again_when_that_cannot(moderator: Moderator) -> None:
    moderator.says, moderator.status = {}, 401
    assert _asked(moderator, retries=3).state == "failed"
    assert len(moderator.asked) == 1


def test_one_that_keeps_failing_is_left_alone(moderator: Moderator) -> None:
    moderator.says, moderator.status = {}, 500
    for _ in range(5):
        _asked(moderator, failures=2, pause=60)
    assert len(moderator.asked) == 2
    assert _asked(moderator, failures=2, pause=60).reason == "paused"


def test_after_the_pause_one_call_tries_again() -> None:
    now = 0.0
    breaker = Breaker(failures=1, pause=10, clock=lambda: now)
    breaker.failed()
    assert not breaker.allows()
    now = 11.0
    assert breaker.allows()
    assert not breaker.allows()
    breaker.succeeded()
    assert breaker.allows()


def test_one_that_is_not_there_is_a_failure(moderator: Moderator) -> None:
    found = _asked(moderator, url="http://127.0.0.1:1/")
    assert (found.state, found.reason) == ("failed", "unreachable")


def test_any_json_service_can_be_described(moderator: Moderator) -> None:
    moderator.says = {"data": {"decision": "违规", "hits": [{"label": "ads"}], "labels": ["ads"]}}
    found = _asked(
        moderator,
        "text",
        shape="json",
        request={"content": "$TEXT", "scene": ["$DIRECTION"]},
        flagged="data.decision",
        categories="data.labels",
    )
    assert (found.blocked, found.categories) == (True, ("ads",))
    assert moderator.asked[0]["body"] == {"content": "text", "scene": ["question"]}


@pytest.mark.parametrize("value", [None, [], {}, "perhaps"])
def test_what_is_neither_yes_nor_no_is_no_permission(value: object) -> None:
    with pytest.raises(Unreadable):
        verdict_of({"shape": "json", "flagged": "flagged", "categories": "c"}, {"flagged": value})
