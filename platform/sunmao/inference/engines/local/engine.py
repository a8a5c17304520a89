"""The engine that the platform sees: any number of threads ask, one thread answers them in one batch."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from functools import cached_property

from django.conf import settings

from sunmao.core.errors import EngineFailure, SunmaoError
from sunmao.inference.engine import Capabilities, Event, Finished, GenerationRequest
from sunmao.inference.engines.local import loading, rows
from sunmao.inference.engines.local.adapters import Find, Shelf
from sunmao.inference.engines.local.batching import Batch
from sunmao.inference.engines.local.encoding import encoded
from sunmao.inference.engines.local.loading import Loaded
from sunmao.inference.engines.local.rows import Row, Said
from sunmao.modelhub import serving

POLL_SECONDS = 0.05


class TransformersEngine:
    """One loaded model. No code from the model's repository is ever run (`trust_remote_code` stays off)."""

    name = "transformers"
    generative = True

    def __init__(
        self, loaded: Loaded | None = None, *, find: Find = serving.files_of, places: int = 0
    ) -> None:
        self.loaded = loaded or loading.default()
        self.model: str = self.loaded.source
        self.shelf = Shelf(self.loaded, settings.SUNMAO_ADAPTER_CACHE, find)
        self.batch = Batch(
            self.loaded,
            most_rows=settings.SUNMAO_BATCH_ROWS,
            places=places or settings.SUNMAO_ADAPTER_SLOTS,
            beginnings_room=settings.SUNMAO_PREFIX_CACHE,
        )

    @cached_property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            adapters=True,
            schema=_has_structured(),
            tools=self.loaded.calls,
            images=self.loaded.processor is not None,
        )

    def generate(self, requests: Sequence[GenerationRequest]) -> Iterator[tuple[int, Event]]:
        said: queue.SimpleQueue[Said] = queue.SimpleQueue()
        mine = self._rows(requests, said)
        self.batch.submit(mine.values())
        try:
            yield from self._heard(mine, said, count=len(requests))
        finally:
            for row in mine.values():
                row.cancelled = True

    def _rows(self, requests: Sequence[GenerationRequest], said: queue.SimpleQueue[Said]) -> dict[int, Row]:
        """In the asker's thread: prompts are encoded and adapters read here, not where tokens are made."""
        made = {}
        for index, request in enumerate(requests):
            try:
                prompt = encoded(self.loaded, request)
                adapter = self.shelf.get(request.adapter) if request.adapter else None
                made[index] = rows.made(
                    index, request, loaded=self.loaded, prompt=prompt, adapter=adapter, said=said
                )
            except SunmaoError as error:
                said.put((index, error))
        return made

    def _heard(
        self, mine: dict[int, Row], said: queue.SimpleQueue[Said], *, count: int
    ) -> Iterator[tuple[int, Event]]:
        """What the rows say, until the last has ended. Whether the asker has gone is asked here, between
        events: the model's thread must wait for nobody."""
        ended: set[int] = set()
        while len(ended) < count:
            for row in mine.values():
                if row.index not in ended and row.request.stopped():
                    row.cancelled = True
                    ended.add(row.index)
                    yield row.index, row.finished("cancelled")
            if len(ended) == count:
                return
            try:
                index, event = said.get(timeout=POLL_SECONDS)
            except queue.Empty:
                if not self.batch.is_alive:
                    raise EngineFailure(code="generation_failed") from None
                continue
            if index in ended:
                continue
            if isinstance(event, BaseException):
                if count == 1:
                    raise event
                event = mine[index].finished("dropped") if index in mine else Finished("dropped")
            if isinstance(event, Finished):
                ended.add(index)
            yield index, event


def _has_structured() -> bool:
    from importlib.util import find_spec

    try:
        return find_spec("sunmao.inference.structured") is not None and find_spec("llguidance") is not None
    except ModuleNotFoundError:
        return False


__all__ = ["TransformersEngine"]
