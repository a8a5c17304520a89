"""Which adapters are at hand: in host memory by bytes, on the device by places. Least recently used go first.

Host memory is filled by the threads that ask, so that reading and decrypting never holds up the batch. Places
are filled by the thread that owns the model, between two passes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure
from sunmao.inference.engines.local.loading import Loaded
from sunmao.inference.engines.local.lora import Sites, Weights, read
from sunmao.modelhub import serving

Find = Callable[[str], serving.Files]


@dataclass
class Shelf:
    """Adapters in host memory. One that is pinned stays; so does the newest, however large."""

    loaded: Loaded
    room: int
    find: Find = serving.files_of
    reads: int = 0
    _kept: OrderedDict[str, Weights] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _reading: dict[str, threading.Lock] = field(default_factory=dict)

    def get(self, name: str) -> Weights:
        """Read it when it is not there; two that ask for one adapter read it once."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
            reading = self._reading.setdefault(name, threading.Lock())
        with reading:
            with self._lock:
                if name in self._kept:
                    return self._kept[name]
            weights = self._read(name)
            self.put(weights)
        with self._lock:
            self._reading.pop(name, None)
        return weights

    def put(self, weights: Weights) -> None:
        with self._lock:
            self._kept[weights.name] = weights
            self._kept.move_to_end(weights.name)
            for name in list(self._kept):
                if sum(one.size for one in self._kept.values()) <= self.room:
                    break
                if name != weights.name and not self._kept[name].pinned:
                    del self._kept[name]

    @property
    def names(self) -> list[str]:
        with self._lock:
            return list(self._kept)

    def _read(self, name: str) -> Weights:
        files = self.find(name)
        if files.base_print != self.loaded.print:
            raise EngineFailure(
                format_lazy(
                    _("The adapter {adapter} was made for another base model than {model}."),
                    adapter=name,
                    model=self.loaded.source,
                ),
                code="adapter_wrong_base",
            )
        self.reads += 1
        return read(
            name, config=files.config, weights=files.weights, dtype=self.loaded.dtype, pinned=files.pinned
        )


class Places:
    """Adapters on the device. Place 0 is the base alone; a place in use is never given away."""

    def __init__(self, sites: Sites, places: int) -> None:
        self._sites = sites
        self._at: OrderedDict[str, int] = OrderedDict()
        self._pinned: set[str] = set()
        self._free = list(range(places, 0, -1))
        self.loads = 0

    def has(self, name: str) -> bool:
        return not name or name in self._at

    def take(self, weights: Weights | None, busy: Collection[str]) -> int | None:
        """The adapter's place; None when every place is in use."""
        if weights is None:
            return 0
        if weights.name in self._at:
            self._at.move_to_end(weights.name)
            return self._at[weights.name]
        place = self._free.pop() if self._free else self._emptied(busy)
        if place is None:
            return None
        self._sites.put(place, weights)
        self._at[weights.name] = place
        if weights.pinned:
            self._pinned.add(weights.name)
        self.loads += 1
        return place

    def _emptied(self, busy: Collection[str]) -> int | None:
        for kept in ({*busy, *self._pinned}, busy):  # a pinned one goes only when nothing else can
            gone = next((name for name in self._at if name not in kept), None)
            if gone is not None:
                return self._at.pop(gone)
        return None


def like(loaded: Loaded) -> Any:
    """A tensor whose device and number format the stacked matrices take."""
    import torch

    return torch.zeros(1, dtype=loaded.dtype, device=loaded.device)


__all__ = ["Find", "Places", "Shelf", "like"]
