"""Answers in the shape of chat completions; what they have no place for stands in the field `sunmao`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from sunmao.answering.presenting import labelled
from sunmao.answering.services import AnswerRecord
from sunmao.core.streams import StreamEvent

Json = dict[str, Any]
REASONS = {"tool_calls": "tool_calls", "length": "length", "dropped": "length"}
DONE = "data: [DONE]\n\n"


def completion(record: AnswerRecord, *, model: str, calls: list[Any], ignored: list[str]) -> Json:
    message: Json = {"role": "assistant", "content": record.text or None, "refusal": None}
    if calls:
        message["tool_calls"] = [call_of(*call) for call in calls]
    choice = {"index": 0, "message": message, "finish_reason": reason(record), "logprobs": None}
    return {
        "id": f"chatcmpl-{record.exchange_id.hex}",
        "object": "chat.completion",
        "created": int(record.created_at.timestamp()),
        "model": model,
        "choices": [choice],
        "usage": usage(record),
        "sunmao": extension(record, ignored),
    }


def call_of(call_id: str, name: str, arguments: str) -> Json:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def reason(record: AnswerRecord) -> str:
    if record.outcome == "withheld":
        return "content_filter"
    return REASONS.get(record.guards.get("finish") or record.guards.get("partial") or "", "stop")


def usage(record: AnswerRecord) -> Json:
    counted = record.guards.get("usage") or {"prompt_tokens": 0, "completion_tokens": 0}
    return {**counted, "total_tokens": sum(counted.values())}


def extension(record: AnswerRecord, ignored: list[str]) -> Json:
    """Where the answer is from, what was found, its label, and what of the request had no effect."""
    return {
        "record_id": str(record.pk),
        "conversation_id": str(record.exchange.conversation_id),
        "outcome": record.outcome,
        "citations": record.citations,
        "findings": record.findings,
        "partial": record.guards.get("partial"),
        "ignored": ignored,
        **labelled(record),
    }


class Chunks:
    """The same as a stream: every event becomes one message, or none."""

    def __init__(self, *, exchange_id: str, model: str) -> None:
        self._head: Json = {"id": f"chatcmpl-{exchange_id}", "object": "chat.completion.chunk"}
        self._head |= {"created": int(time.time()), "model": model}
        self._begun = False

    def of(self, event: StreamEvent) -> Iterator[str]:
        match event.kind:
            case "step" if event.data.get("name") == "writing":
                told = {name: event.data[name] for name in ("label", "ai_generated") if name in event.data}
                yield from self._first({"sunmao": told})
            case "token":
                yield from self._first()
                yield self._chunk({"content": event.data["text"]})
            case "call":
                yield from self._first()
                call = call_of(event.data["id"], event.data["name"], event.data["arguments"])
                yield self._chunk({"tool_calls": [{"index": event.data["index"], **call}]})

    def last(self, record: AnswerRecord, *, ignored: list[str], with_usage: bool) -> Iterator[str]:
        """An answer that was ready before anybody listened comes whole."""
        if not self._begun and record.text:
            yield from self._first()
            yield self._chunk({"content": record.text})
        yield from self._first()
        yield self._chunk({}, finish=reason(record), more={"sunmao": extension(record, ignored)})
        if with_usage:
            yield message({**self._head, "choices": [], "usage": usage(record)})
        yield DONE

    def _first(self, more: Json | None = None) -> Iterator[str]:
        if not self._begun:
            self._begun = True
            yield self._chunk({"role": "assistant", "content": ""}, more=more)

    def _chunk(self, delta: Json, *, finish: str | None = None, more: Json | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return message({**self._head, "choices": [choice], **(more or {})})


def message(data: Json) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


__all__ = ["DONE", "Chunks", "completion", "message"]
