"""The one thread that owns the model. Whoever asks joins the batch at its next pass, and leaves when done.

Continuous batching: a pass writes one token for each row. Rows that wait are read in (a pass of their own)
before the next token, as long as there is room for rows and for their adapters.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure
from sunmao.inference.engines.local import memory as memories
from sunmao.inference.engines.local.adapters import Places, like
from sunmao.inference.engines.local.loading import Loaded
from sunmao.inference.engines.local.lora import Sites
from sunmao.inference.engines.local.rows import Row

log = structlog.get_logger(__name__)


@dataclass
class Group:
    """Rows that are written together: what was read of them, and which of it is padding."""

    rows: list[Row]
    places: list[int]
    memory: Any
    mask: Any
    scores: Any = None


@dataclass
class Counts:
    """For measurements: how many rows the fullest pass had, passes, tokens, tokens not read twice."""

    widest: int = 0
    passes: int = 0
    tokens: int = 0


@dataclass
class Batch:
    loaded: Loaded
    most_rows: int
    places: int
    beginnings_room: int
    counts: Counts = field(default_factory=Counts)
    _waiting: deque[Row] = field(default_factory=deque)
    _groups: list[Group] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None
    _over: bool = False

    def __post_init__(self) -> None:
        sites = Sites(self.loaded.model, self.places + 1, like(self.loaded))
        self._sites = sites
        self.adapters = Places(sites, self.places)
        self.beginnings = memories.Beginnings(self.beginnings_room)

    def submit(self, rows: Iterable[Row]) -> None:
        with self._news:
            self._waiting.extend(rows)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="model", daemon=True)
                self._thread.start()
            self._news.notify()

    @property
    def is_alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def close(self) -> None:
        """The thread ends, and the model is as it was before."""
        with self._news:
            self._over = True
            self._news.notify()
        if self._thread is not None:
            self._thread.join()
        self._sites.remove()

    def _work(self) -> None:
        import torch

        with torch.inference_mode():
            while not self._over:
                with self._news:
                    while not self._waiting and not self._groups and not self._over:
                        self._news.wait()
                self._turn()

    def _turn(self) -> None:
        """Never raises: an error ends the rows that it is about, and the worker goes on."""
        rows, places = self._admitted()
        together = [place for place, row in enumerate(rows) if self._may_join(row)]
        alone = [place for place in range(len(rows)) if place not in set(together)]
        for chosen in [together, *([one] for one in alone)]:
            if chosen:
                self._guarded(self._read_in, [rows[one] for one in chosen], [places[one] for one in chosen])
        for group in list(self._groups):
            self._guarded(self._write, group.rows, group)
        self._groups = [group for group in self._groups if group.rows]

    def _may_join(self, row: Row) -> bool:
        return not row.is_alone and "position_ids" in self.loaded.takes

    def _admitted(self) -> tuple[list[Row], list[int]]:
        """Who may join now: first come first served, except that a row whose adapter has no place yet waits
        for one while others pass."""
        rows: list[Row] = []
        places: list[int] = []
        busy = {row.name for group in self._groups for row in group.rows if row.name}
        running = sum(len(group.rows) for group in self._groups)
        with self._news:
            waiting, self._waiting = list(self._waiting), deque()
        later: list[Row] = []
        for row in sorted(waiting, key=lambda one: not self.adapters.has(one.name)):
            row.look_up()
            if row.over:
                continue
            place = self._place(row, busy) if running + len(rows) < self.most_rows else None
            if place is None:
                if not row.over:
                    later.append(row)
                continue
            rows.append(row)
            places.append(place)
            busy |= {row.name} - {""}
        with self._news:
            self._waiting.extendleft(reversed([row for row in waiting if row in later]))
        return rows, places

    def _place(self, row: Row, busy: set[str]) -> int | None:
        try:
            return self.adapters.take(row.adapter, busy)
        except KeyError:
            row.fail(EngineFailure(code="adapter_wrong_base"))
            return None

    def _guarded(self, verb: Any, rows: list[Row], *rest: Any) -> None:
        import torch

        mine = list(rows)
        try:
            verb(rows, *rest) if verb == self._read_in else verb(*rest)
        except (torch.OutOfMemoryError, MemoryError) as error:
            self._make_room(mine, error, *rest)
        except Exception as error:  # noqa: BLE001  whatever a model raises, whoever waits must be told
            if "not enough memory" in str(error) or "out of memory" in str(error):
                self._make_room(mine, error, *rest)
                return
            log.exception("generation_failed", rows=len(mine))
            self._end(mine, EngineFailure(code="generation_failed"), error)

    def _make_room(self, rows: list[Row], error: BaseException, *rest: Any) -> None:
        """Out of memory: what is remembered of old prompts goes, and the longest row; the others go on."""
        import torch

        self.beginnings.forget()
        group = next((one for one in rest if isinstance(one, Group)), None)
        longest = max(rows, key=lambda row: row.length)
        gone = [longest] if group is not None and len(rows) > 1 else rows
        log.warning("out_of_memory", rows=len(rows), ended=len(gone))
        self._end(gone, _out_of_memory(), error)
        if group is not None and gone != rows:
            self._guarded(self._leave, group.rows, group)
        if self.loaded.device == "cuda":
            torch.cuda.empty_cache()

    def _end(self, rows: list[Row], failure: EngineFailure, cause: BaseException) -> None:
        failure.__cause__ = cause
        for row in rows:
            row.fail(failure)
        for group in self._groups:
            if all(row.over for row in group.rows):
                group.rows.clear()

    # Reading a prompt

    def _read_in(self, rows: list[Row], places: list[int]) -> None:
        """Read the prompts of new rows, and put them beside those that are being written."""
        known = {}
        if all(not row.is_alone for row in rows):
            known = {row: self.beginnings.longest(row.name, row.prompt.ids) for row in rows}
        fresh = [place for place, row in enumerate(rows) if not known.get(row, (0, []))[0]]
        parts = [[rows[place] for place in fresh]] if fresh else []
        parts += [[row] for row in rows if known.get(row, (0, []))[0]]
        where = dict(zip(rows, places, strict=True))
        for part in parts:
            group = self._read(part, [where[row] for row in part], *known.get(part[0], (0, [])))
            self._take_in(group)

    def _read(self, rows: list[Row], places: list[int], length: int, layers: memories.Layers) -> Group:
        """`length` tokens of the one row are known already."""
        import torch

        given = [row.prompt.ids[length:] for row in rows]
        longest = max(len(ids) for ids in given)
        pads = [longest - len(ids) for ids in given]
        filler = self.loaded.tokenizer.pad_token_id or 0
        ids = torch.tensor([[filler] * pad + ids for pad, ids in zip(pads, given, strict=True)])
        mask = torch.tensor([[0] * pad + [1] * (length + longest - pad) for pad in pads])
        memory = memories.filled(layers) if layers else memories.new_memory()
        ids, mask = ids.to(self.loaded.device), mask.to(self.loaded.device)
        self._sites.choose(places)
        more = {name: self._here(value) for name, value in rows[0].prompt.more.items()}
        scores = self._pass(ids, mask, memory, alone=rows[0].is_alone, **more)
        if len(rows) == 1 and not more and memories.is_plain(memory):
            self.beginnings.keep(rows[0].name, rows[0].prompt.ids, memories.layers_of(memory))
        return Group(rows, places, memory, mask, scores)

    def _here(self, value: Any) -> Any:
        if not hasattr(value, "to"):
            return value
        moved = value.to(self.loaded.device)
        return moved.to(self.loaded.dtype) if moved.is_floating_point() else moved

    def _pass(self, ids: Any, mask: Any, memory: Any, *, alone: bool, **more: Any) -> Any:
        """The scores of the next token for each row."""
        options: dict[str, Any] = {
            "use_cache": True,
            "past_key_values": memory,
            "attention_mask": mask,
            **more,
        }
        if not alone and "position_ids" in self.loaded.takes:
            positions = (mask.cumsum(-1) - 1).clamp(min=0)
            options["position_ids"] = positions[:, -ids.shape[1] :]
        if "logits_to_keep" in self.loaded.takes:
            options["logits_to_keep"] = 1
        self.counts.passes += 1
        scores = self.loaded.model(input_ids=ids, **options).logits[:, -1, :]
        return scores.float()

    def _take_in(self, group: Group) -> None:
        host = next((one for one in self._groups if self._joins(one, group)), None)
        if host is None:
            self._groups.append(group)
            return
        import torch

        layers = memories.joined(memories.layers_of(host.memory), memories.layers_of(group.memory))
        length = layers[0][0].shape[-2]
        memories.set_layers(host.memory, layers)
        host.mask = torch.cat([_padded(host.mask, length), _padded(group.mask, length)])
        host.scores = torch.cat([host.scores, group.scores])
        host.rows += group.rows
        host.places += group.places

    def _joins(self, host: Group, group: Group) -> bool:
        return (
            bool(host.rows)
            and self._may_join(host.rows[0])
            and self._may_join(group.rows[0])
            and memories.is_plain(host.memory)
            and memories.is_plain(group.memory)
        )

    # Writing a token for each row

    def _write(self, group: Group) -> None:
        import torch

        if not group.rows:
            return
        if len(group.rows) > self.counts.widest:
            self.counts.widest = len(group.rows)
            log.info("batch_widened", rows=len(group.rows))
        tokens = self._chosen(group)
        for row, token in zip(group.rows, tokens, strict=True):
            row.take(token)
            self.counts.tokens += 1
            row.look_up()
        if not any(not row.over for row in group.rows):
            group.rows.clear()
            return
        stays = [place for place, row in enumerate(group.rows) if not row.over]
        ids = torch.tensor([[tokens[place]] for place in stays], device=self.loaded.device)
        self._leave(group)
        group.mask = torch.cat([group.mask, group.mask.new_ones(len(group.rows), 1)], dim=1)
        self._sites.choose(group.places)
        group.scores = self._pass(ids, group.mask, group.memory, alone=group.rows[0].is_alone)

    def _leave(self, group: Group) -> None:
        """Rows that are over go, and with them the columns that nobody else needs."""
        stays = [place for place, row in enumerate(group.rows) if not row.over]
        if len(stays) == len(group.rows):
            return
        mask = group.mask[stays]
        start = int(mask.sum(0).ne(0).int().argmax())
        if memories.is_plain(group.memory):
            memories.set_layers(group.memory, memories.kept(memories.layers_of(group.memory), stays, start))
            group.mask = mask[:, start:]
        group.scores = group.scores[stays]
        group.places[:] = [group.places[place] for place in stays]
        group.rows[:] = [group.rows[place] for place in stays]

    def _chosen(self, group: Group) -> list[int]:
        """The likeliest token, or one by chance with the row's own dice."""
        import torch

        scores = group.scores
        for place, row in enumerate(group.rows):
            if row.constrain is not None:
                ids = torch.tensor([row.prompt.ids + row.ids], device=scores.device)
                scores[place] = row.constrain(ids, scores[place : place + 1])[0]
        picked = scores.argmax(-1)
        for place, row in enumerate(group.rows):
            if row.chance is not None:
                shares = torch.softmax(scores[place] / row.request.temperature, dim=-1)
                picked[place] = torch.multinomial(shares, 1, generator=row.chance)[0]
        return [int(token) for token in picked.tolist()]


def _padded(mask: Any, length: int) -> Any:
    import torch

    return torch.nn.functional.pad(mask, (length - mask.shape[1], 0))


def _out_of_memory() -> EngineFailure:
    return EngineFailure(
        _(
            "The model ran out of memory. Ask for less at once: lower SUNMAO_BATCH_ROWS, shorten prompts, or "
            "set SUNMAO_QUANTISATION to nf4."
        ),
        code="model_out_of_memory",
    )


__all__ = ["Batch", "Counts"]
