"""What a model remembers of the tokens it has read (keys and values), for rows that come and go.

Rows of one batch lie side by side, padded on the left. A row that joins is padded to the length of the
others, and columns that are padding for all rows are cut away when rows leave.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

SLACK = 64
SHORTEST = 32
Layers = list[tuple[Any, Any]]


def new_memory() -> Any:
    """Plain layers for every kind of attention: the mask says who may look where."""
    from transformers import DynamicCache, cache_utils

    plain: Any = cache_utils.DynamicLayer

    class Growing(plain):  # type: ignore[misc]
        """Written in place: to append a token must not copy all that came before it."""

        room: Any = None

        def update(self, keys: Any, values: Any, *args: Any, **more: Any) -> tuple[Any, Any]:
            if not self.is_initialized:
                self.lazy_initialization(keys, values)
            have, new = self.get_seq_length(), keys.shape[-2]
            if not have and self.room is None:
                self.keys, self.values = keys, values
                return keys, values
            if self.room is None or self.room[0].shape[-2] < have + new:
                self._move(have, new, keys)
            self.room[0][..., have : have + new, :] = keys
            self.room[1][..., have : have + new, :] = values
            self.keys, self.values = (one[..., : have + new, :] for one in self.room)
            return self.keys, self.values

        def _move(self, have: int, new: int, like: Any) -> None:
            shape = list(like.shape)
            shape[-2] = have + new + max(SLACK, have // 4)
            bigger = like.new_empty(shape), like.new_empty(shape)
            bigger[0][..., :have, :], bigger[1][..., :have, :] = self.keys, self.values
            self.room = bigger

    memory: Any = DynamicCache()
    memory.layer_class_to_replicate = Growing
    return memory


def layers_of(memory: Any) -> Layers:
    return [(layer.keys, layer.values) for layer in memory.layers]


def is_plain(memory: Any) -> bool:
    """Whether every layer keeps keys and values by position, so that rows can come and go."""
    return all(getattr(layer, "keys", None) is not None for layer in memory.layers) and bool(memory.layers)


def filled(layers: Layers) -> Any:
    memory = new_memory()
    for place, (keys, values) in enumerate(layers):
        memory.update(keys, values, place)
    return memory


def set_layers(memory: Any, layers: Layers) -> None:
    for layer, (keys, values) in zip(memory.layers, layers, strict=True):
        layer.room = None
        layer.keys, layer.values = keys, values


def joined(first: Layers, second: Layers) -> Layers:
    length = max(first[0][0].shape[-2], second[0][0].shape[-2])
    both: list[Any] = []
    for one, two in zip(first, second, strict=True):
        both.append(
            tuple(_both(_padded(a, length), _padded(b, length)) for a, b in zip(one, two, strict=True))
        )
    return both


def _both(one: Any, two: Any) -> Any:
    import torch

    return torch.cat([one, two])


def _padded(tensor: Any, length: int) -> Any:
    import torch

    missing = length - tensor.shape[-2]
    return torch.nn.functional.pad(tensor, (0, 0, missing, 0)) if missing else tensor


def kept(layers: Layers, rows: Sequence[int], start: int) -> Layers:
    """Only these rows, without the first `start` columns."""
    import torch

    place = torch.tensor(rows, device=layers[0][0].device)
    return [
        (keys.index_select(0, place)[..., start:, :], values.index_select(0, place)[..., start:, :])
        for keys, values in layers
    ]


class Beginnings:
    """Prompts that begin alike are read once: the newest prompts are remembered, as far as there is room."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._known: OrderedDict[tuple[str, tuple[int, ...]], Layers] = OrderedDict()
        self._sizes: dict[tuple[str, tuple[int, ...]], int] = {}
        self.spared = 0

    def longest(self, adapter: str, ids: Sequence[int]) -> tuple[int, Layers]:
        """(how many tokens are known already, what is remembered of them); at least one is left to read."""
        best, found = 0, None
        for key in self._known:
            if key[0] == adapter and (common := _common(key[1], ids)) > best:
                best, found = common, key
        best = min(best, len(ids) - 1)
        if found is None or best < SHORTEST:
            return 0, []
        self._known.move_to_end(found)
        self.spared += best
        return best, [(keys[..., :best, :], values[..., :best, :]) for keys, values in self._known[found]]

    def keep(self, adapter: str, ids: Sequence[int], layers: Layers) -> None:
        key, size = (adapter, tuple(ids)), sum(2 * one.numel() * one.element_size() for one, _ in layers)
        if size > self._room or len(ids) < SHORTEST:
            return
        self._known[key] = [(keys.clone(), values.clone()) for keys, values in layers]
        self._known.move_to_end(key)
        self._sizes[key] = size
        while sum(self._sizes.values()) > self._room:
            gone, _layers = self._known.popitem(last=False)
            del self._sizes[gone]

    def forget(self) -> None:
        self._known.clear()
        self._sizes.clear()


def _common(one: Sequence[int], two: Sequence[int]) -> int:
    for place, (a, b) in enumerate(zip(one, two, strict=False)):
        if a != b:
            return place
    return min(len(one), len(two))


__all__ = [
    "Beginnings", "Layers", "filled", "is_plain", "joined", "kept", "layers_of", "new_memory", "set_layers",
]  # fmt: skip
