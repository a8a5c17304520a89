"""The engine that the platform sees: any number of threads ask, one thread answers them in one batch."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from functools import cached_property

from django.conf import settings

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
        return Capabilities(adapters=True, schema=_has_structured(), images=self.loaded.processor is not None)

    def generate(self, requests: Sequence[GenerationRequest]) -> Iterator[tuple[int, Event]]:
        said: queue.SimpleQueue[Said] = queue.SimpleQueue()
        mine = self._rows(requests, said)
        self.batch.submit(row for row in mine if not row.over)
        try:
            yield from _heard(mine, said, alone=len(requests) == 1)
        finally:
            for row in mine:
                row.cancelled = True

    def _rows(self, requests: Sequence[GenerationRequest], said: queue.SimpleQueue[Said]) -> list[Row]:
        """In the asker's thread: prompts are encoded and adapters read here, not where tokens are made."""
        made = []
        for index, request in enumerate(requests):
            prompt = encoded(self.loaded, request)
            adapter = self.shelf.get(request.adapter) if request.adapter else None
            made.append(
                rows.made(index, request, loaded=self.loaded, prompt=prompt, adapter=adapter, said=said)
            )
        return made


def _heard(mine: list[Row], said: queue.SimpleQueue[Said], *, alone: bool) -> Iterator[tuple[int, Event]]:
    """What the rows say, until the last has ended. Whether the asker has gone is asked here, between events:
    the model's thread must wait for nobody."""
    ended: set[int] = set()
    while len(ended) < len(mine):
        for row in mine:
            if not row.cancelled and row.index not in ended and row.request.stopped():
                row.cancelled = True
                ended.add(row.index)
                yield row.index, Finished("cancelled", len(row.ids), len(row.prompt.ids))
        try:
            index, event = said.get(timeout=POLL_SECONDS)
        except queue.Empty:
            continue
        if index in ended:
            continue
        if isinstance(event, BaseException):
            if alone:
                raise event
            event = Finished("dropped", len(mine[index].ids), len(mine[index].prompt.ids))
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
