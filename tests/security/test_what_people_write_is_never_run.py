"""Payloads in everything that a page shows, in a real browser: no dialog, no request elsewhere, no script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connections
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, Page, Route

from sunmao.answering import tasks as answering_tasks
from sunmao.core import tenancy
from sunmao.inference import registry
from tests.fixtures.model_server import ModelServer, serving
from tests.journeys.desk import ask
from tests.security.haunted import AT_ONCE, QUESTION, Haunted, haunt, served
from tests.security.payloads import EVIL, PAYLOADS
from tests.security.rows import MODELS

# Whatever could run or fetch is an element or an attribute; text is not.
LIVE = """
() => {
  const found = [];
  const say = (element, name, value) => found.push(`${element.tagName} ${name}=${value}`);
  const textual = /^(value|title|aria-label|content|alt|placeholder|label|data-.*|hx-vals)$/;
  const address = /^(src|href|action|formaction|data|srcset|poster|xlink:href|background|ping|manifest)$/;
  for (const element of document.querySelectorAll("*")) {
    for (const {name, value} of element.attributes) {
      if (/^on/.test(name)) say(element, name, value);
      if (textual.test(name)) continue;
      if (value.includes("alert(1)") && !address.test(name)) say(element, name, value);
      if (address.test(name) && value.trim() !== "") {
        const url = new URL(value, location.href);
        if (url.protocol === "data:" && element.tagName === "IMG") continue;
        if (url.origin !== location.origin) say(element, name, value);
      }
    }
    if (element.tagName === "SCRIPT" && !element.src && element.type !== "application/json"
        && element.textContent.includes("alert(1)")) found.push("SCRIPT");
    if (/^(IFRAME|OBJECT|EMBED|BASE|APPLET|PORTAL|FRAMESET)$/.test(element.tagName)) say(element, "", "");
  }
  return found;
}
"""


class Window:
    """A browser's window that remembers what should not have happened in it."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.faults: list[str] = []
        self._address = address
        context.route("**/*", self._ask)
        self.page: Page = context.new_page()
        self.page.on("dialog", self._dialog)
        self.page.on("console", lambda said: self._hear(said.text))

    def open(self, path: str) -> None:
        response = self.page.goto(f"{self._address}{path}", wait_until="load")
        if response is None or response.status >= 500:
            self.faults.append(f"{path}: {self.page.inner_text('body')[:200]}")
        self.faults += [f"{path}: {one}" for one in self.page.evaluate(LIVE)]

    def _ask(self, route: Route) -> None:
        if route.request.url.startswith(self._address):
            route.continue_()
        else:
            self.faults.append(f"{self.page.url}: asked for {route.request.url}")
            route.abort()

    def _dialog(self, dialog: Any) -> None:
        self.faults.append(f"{self.page.url}: {dialog.message}")
        dialog.dismiss()

    def _hear(self, text: str) -> None:
        """The policy had to refuse something: it should never have come so far."""
        if "Content Security Policy" in text:
            self.faults.append(f"{self.page.url}: {text}")


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    """A model that writes whatever it is told to."""
    registry._engine.cache_clear()
    with serving() as server:
        settings = {"SUNMAO_ENGINE": "openai", "SUNMAO_MODEL": "stub", "SUNMAO_OPENAI_BASE_URL": server.url}
        with override_settings(**settings, SUNMAO_OPENAI_API_KEY="none"):
            yield server
    registry._engine.cache_clear()


@pytest.fixture(scope="module")
def haunted(
    django_db_setup: None, django_db_blocker: Any, redis_server: object, model: ModelServer
) -> Iterator[Haunted]:
    def say(text: str) -> None:
        model.pieces[:] = [text[start : start + 40] for start in range(0, len(text), 40)]

    with django_db_blocker.unblock():
        found = haunt(PAYLOADS, say)
        _pages.clear()
        _pages.update(_look_up(found))
        connections.close_all()
        yield found


FEW = 3
_pages: dict[str, list[str]] = {}


def _look_up(found: Haunted) -> dict[str, list[str]]:
    """The first and the last of each list, all conversations, and some of the passages."""
    from django.apps import apps

    pages = {
        "the shell": ["/", "/customer-service/", "/nothing/<script>alert(1)</script>"],
        "conversations": [f"/customer-service/conversations/{one}/" for one in found.conversations],
        "evidence": [f"/passages/{one}/" for one in found.passages[::12]],
        "documents": [f"/passages/{one}/document/" for one in found.passages[::60]],
        "addresses": [
            path.format(quote(one, safe=""))
            for one in PAYLOADS[::30]
            for path in ("/customer-service/?question={}", "/sign-in/?next={}", "/passages/{}/", "/{}")
        ],
        "the console": ["/console/", "/console/?q=<script>alert(1)</script>"],
    }
    for name in MODELS:
        label, model = name.split("/")
        with tenancy.scope(found.organisation.pk):
            ids = list(apps.get_model(label, model).objects.order_by("pk").values_list("pk", flat=True))
        shown = {*ids[:2], *ids[-2:], *ids[:: max(1, len(ids) // 6)]}
        pages[f"the console's {model}"] = [
            f"/console/{name}/",
            f"/console/{name}/?p=2",
            f"/console/{name}/?q={quote(PAYLOADS[0])}",
            *(f"/console/{name}/{one}/change/" for one in sorted(shown, key=str)),
        ]
    return pages


PLACES = (
    "the shell", "conversations", "evidence", "documents", "addresses", "the console",
    *(f"the console's {name.split('/')[1]}" for name in MODELS),
)  # fmt: skip


@pytest.fixture(scope="module")
def at_once() -> Iterator[None]:
    """A worker answers in the server's own process, in the moment that the question is stored."""

    def send_task(name: str, args: tuple[str, ...] = (), **_: object) -> None:
        if name == "answering.answer":
            answering_tasks.answer(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("celery.current_app.send_task", send_task)
        yield


@pytest.fixture(scope="module")
def window(haunted: Haunted, at_once: None, browser: Browser) -> Iterator[Window]:
    with served() as address:
        context = browser.new_context(locale="en-US")
        context.set_default_timeout(15_000)
        context.add_cookies([{"name": n, "value": v, "url": address} for n, v in haunted.cookies.items()])
        made = Window(context, address)
        yield made
        context.close()


def test_there_are_enough_of_them() -> None:
    assert len(set(PAYLOADS)) >= 250


def _walk(window: Window, pages: list[str]) -> None:
    window.faults.clear()
    for path in pages:
        window.open(path)
    assert not window.faults, "\n".join(window.faults)
    assert pages


@pytest.mark.journey
@pytest.mark.parametrize("place", PLACES)
def test_nothing_of_it_comes_alive(window: Window, place: str) -> None:
    """All conversations, which hold every payload; of the other pages a few of each kind."""
    _walk(window, _pages[place] if place == "conversations" else _pages[place][:FEW])


@pytest.mark.slow
@pytest.mark.journey
@pytest.mark.parametrize("place", PLACES)
def test_nothing_of_it_comes_alive_on_any_page(window: Window, place: str) -> None:
    _walk(window, _pages[place])


@pytest.mark.journey
def test_the_pages_show_what_was_written(window: Window) -> None:
    """Otherwise nothing would have been tried: as a question, as an answer, as a name, as a document."""
    window.open(_pages["conversations"][0])
    asked, answered = (
        window.page.locator("article", has=window.page.locator("[data-answer]")).nth(n) for n in (0, 1)
    )
    assert "<script>alert(1)</script>" in asked.inner_text()
    assert answered.locator("[data-copy-body]").inner_text().count("alert(1)") >= AT_ONCE // 2
    window.open("/console/accounts/apikey/")
    assert "alert(1)" in window.page.inner_text("body")
    window.open("/console/knowledge/document/")
    assert "alert(1)" in window.page.inner_text("body")


@pytest.mark.journey
@pytest.mark.parametrize("start", [0, 100, 200])
def test_an_answer_that_is_still_being_written_is_as_harmless(
    window: Window, model: ModelServer, start: int
) -> None:
    """Pieces of markup arrive one by one and are put into the page as they come."""
    window.faults.clear()
    said = "\n\n".join(PAYLOADS[start : start + AT_ONCE]) + " [1]"
    model.pieces[:] = [said[at : at + 7] for at in range(0, len(said), 7)]
    window.open("/customer-service/")
    finished = ask(window.page, QUESTION, "en")
    assert finished.inner_text()
    window.faults += window.page.evaluate(LIVE)
    assert not window.faults, "\n".join(window.faults)


@pytest.mark.journey
def test_the_watch_sees_what_it_should(window: Window) -> None:
    """The same page with markup that is alive: each kind of fault is noticed."""
    window.faults.clear()
    window.open("/")
    window.page.evaluate(
        f"""() => {{
          const image = document.createElement("img");
          image.src = "https://{EVIL}/i.png";
          document.body.append(image);
          document.body.setAttribute("onclick", "alert(1)");
          setTimeout(() => alert("seen"), 0);
        }}"""
    )
    window.page.wait_for_timeout(200)
    window.faults += window.page.evaluate(LIVE)
    told = "\n".join(window.faults)
    assert "seen" in told
    assert "BODY onclick" in told
    assert f"IMG src=https://{EVIL}/i.png" in told
