"""A worker's events as server-sent events that carry HTML."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from sunmao.answering import services
from sunmao.answering.models import AnswerRecord, Exchange
from sunmao.answering.turns import answer, citation, error
from sunmao.core import streams, tenancy
from sunmao.core.errors import Message, SunmaoError
from sunmao.core.streams import BEGINNING, StreamEvent

CHECK_SECONDS = 3
# The three stages that a reader sees, and what is said when each begins.
STAGES: dict[str, tuple[str, Message]] = {
    "read": ("checking", _("Passages were found; checking them against the rules")),
    "checked": ("checking", _("The rules were applied")),
    "writing": ("writing", _("The answer is being written")),
    "calling": ("writing", _("A tool is being used")),
}


class Relay:
    """Events from the stream while it lasts; the stored answer when the stream is over or gone."""

    def __init__(self, *, exchange: Exchange, after: str, language: str) -> None:
        self.exchange = exchange
        self.after = after if "-" in after else BEGINNING
        self.language = language
        self._asker = services.Asker(exchange)

    async def messages(self) -> AsyncIterator[str]:
        try:
            if not self.exchange.has_ended:
                async for message in self._live():
                    yield message
        except SunmaoError as broken:  # the answer goes on in its worker; only listening to it has failed
            yield self._failed(broken)
        else:
            yield await sync_to_async(self._final)()
        yield message_of("close", "")

    async def _live(self) -> AsyncIterator[str]:
        checked = began = time.monotonic()
        async for event in streams.follow(str(self.exchange.pk), after=self.after):
            if event is None:
                yield ": waiting\n\n"
            elif event.kind in ("done", "failed"):
                return
            else:
                yield message_of(event.kind, self._html(event), event.id)
            if time.monotonic() - checked > CHECK_SECONDS:
                checked = time.monotonic()
                if await sync_to_async(self._over)(checked - began):
                    return

    def _over(self, waited: float) -> bool:
        """The row has ended without us hearing of it, or nobody ever began. Raises when the reader may not
        go on."""
        try:
            if services.ended(exchange=self.exchange):
                return True
            self._asker.check()
            if waited > services.PICK_UP_SECONDS:
                services.give_up_when_nobody_began(exchange=self.exchange)
            return self.exchange.has_ended
        finally:
            connections.close_all()

    def _html(self, event: StreamEvent) -> str:
        with translation.override(self.language):
            if event.kind == "token":
                return escape(event.data["text"])
            if event.kind == "citation":
                shown = {"citation": citation(event.data, "")}
                return render_to_string("ui/_citation.html", shown)
            if event.kind == "finding":
                return render_to_string("ui/_finding.html", {"finding": event.data})
            if event.kind == "confirmation":
                return render_to_string("ui/_action_told.html", {"action": event.data})
            if event.kind != "step" or event.data.get("name") not in STAGES:
                return ""  # what other doors show
            stage, text = STAGES[event.data["name"]]
            return render_to_string("ui/_step.html", {"step": {"name": stage, "text": text}})

    def _failed(self, broken: SunmaoError) -> str:
        with translation.override(self.language):
            shown = render_to_string("ui/_error.html", {"error": broken.as_dict()})
        return message_of("failed", shown)

    def _final(self) -> str:
        try:
            with tenancy.scope(self.exchange.organisation_id), translation.override(self.language):
                self.exchange.refresh_from_db()
                record = AnswerRecord.objects.filter(exchange=self.exchange).first()
                if record:
                    shown = answer(self.exchange, record)
                    return message_of("done", render_to_string("ui/_answer.html", {"answer": shown}))
                failure = error(self.exchange.error)
                return message_of("failed", render_to_string("ui/_error.html", {"error": failure}))
        finally:
            connections.close_all()


def message_of(kind: str, html: str, event_id: str = "") -> str:
    lines: list[Any] = [f"id: {event_id}"] if event_id else []
    lines += [f"event: {kind}", *(f"data: {line}" for line in html.split("\n"))]
    return "\n".join(lines) + "\n\n"
