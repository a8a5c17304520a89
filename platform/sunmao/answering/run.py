"""The one typed context that the steps of the pipeline pass along."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sunmao.answering.models import Exchange, Outcome
from sunmao.core.actor import Actor
from sunmao.core.findings import Finding
from sunmao.core.vertical import Task, Vertical
from sunmao.guards.inbound import Judgement
from sunmao.guards.outbound.canary import new_canary
from sunmao.guards.outbound.stream import Outgoing, Stage
from sunmao.inference.engine import Engine, SourcePassage
from sunmao.inference.strategies import Told
from sunmao.knowledge.retrieval import Hit, Retrieved
from sunmao.knowledge.text.language import Language
from sunmao.knowledge.versions.dates import parse_day
from sunmao.modelhub.serving import Served
from sunmao.prompts.source import PromptSource
from sunmao.releases.models import Release

Emit = Callable[[str, dict[str, Any]], None]

TOP_K = 5
TEMPERATURE = 0.7


@dataclass
class Citation:
    """A numbered source of the answer and the spans of its text that the answer quotes."""

    number: int
    hit: Hit
    spans: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class Run:
    """One answer in the making. Steps fill it in order and never reach back.

    `toolbox` is what the model may call, `learnt` what they told it; `supported`: they told it something.
    """

    exchange: Exchange
    actor: Actor
    vertical: Vertical
    task: Task
    emit: Emit
    stopped: Callable[[], bool]
    question: str = ""
    language: Language = "zh"
    release: Release | None = None
    retrieved: Retrieved | None = None
    relevance: float = 0.0
    trusted: bool = False
    unread: int = 0
    sources: list[SourcePassage] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    prompt: str = ""
    prompt_version_id: UUID | None = None
    source: PromptSource | None = None
    told: Told = field(default_factory=lambda: Told())
    engine: Engine | None = None
    served: Served | None = None
    text: str = ""
    citations: dict[int, Citation] = field(default_factory=dict)
    outcome: Outcome = Outcome.ANSWERED
    label: dict[str, Any] = field(default_factory=dict)
    surrogates: dict[str, str] = field(default_factory=dict)
    guards: dict[str, Any] = field(default_factory=dict)
    judgement: Judgement | None = None
    refused: bool = False
    canary: str = field(default_factory=lambda: new_canary())
    outgoing: Outgoing | None = None
    rehearsed: bool = False
    stages: list[Stage] = field(default_factory=list)
    toolbox: Mapping[str, Any] = field(default_factory=dict)
    learnt: list[str] = field(default_factory=list)
    supported: bool = False
    spans: list[dict[str, Any]] = field(default_factory=list)
    started: float = field(default_factory=time.perf_counter)

    @property
    def top_k(self) -> int:
        return int(self._setting("top_k", TOP_K))

    def _setting(self, name: str, default: float) -> Any:
        """What the asker wished, or the release pins, or the default."""
        pinned = self.release.retrieval if self.release else {}
        return self.exchange.options.get(name, pinned.get(name, default))

    @property
    def as_of(self) -> date | None:
        """The day that the question is about; without one it is today."""
        return parse_day(self.exchange.options.get("as_of"), field="as_of")

    @property
    def temperature(self) -> float:
        return float(self._setting("temperature", TEMPERATURE))

    @property
    def seconds(self) -> float:
        return round(time.perf_counter() - self.started, 4)

    @contextmanager
    def span(self, name: str) -> Iterator[None]:
        """Time a step; the spans are the trace that the console shows."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.spans.append({"name": name, "milliseconds": round((time.perf_counter() - began) * 1000, 2)})
