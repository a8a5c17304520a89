"""What a rater is shown: no names of releases, in an order of their own that is always the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from sunmao.core.actor import Actor
from sunmao.evaluation.judging.models import Item, Mode, Rating, Round


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """`answers` has one text, or two in the order in which this rater sees them; `value` is what they said
    before, in their own terms. `number` counts from 1 among `of`, of which `done` are rated."""

    item: Item
    number: int
    of: int
    done: int
    question: str
    answers: list[str]
    value: int | str | None = None
    note: str = ""


def _draw(round_: Round, rater_id: UUID, *more: object) -> bytes:
    return hashlib.sha256(":".join(map(str, (round_.pk, round_.seed, rater_id, *more))).encode()).digest()


def is_swapped(round_: Round, rater_id: UUID, item_id: UUID) -> bool:
    """Whether this rater sees the two answers the other way round."""
    return bool(_draw(round_, rater_id, item_id, "side")[0] & 1)


def order_of(round_: Round, rater_id: UUID) -> list[Item]:
    items = round_.items.select_related("round", "result__case", "other")
    return sorted(items, key=lambda item: _draw(round_, rater_id, item.pk))


def sheet(*, actor: Actor, round_: Round, item: Item | None = None) -> Sheet | None:
    """The sheet of this item, or of the first that the rater has not rated; None when all are. In the
    organisation's scope."""
    assert actor.id is not None  # noqa: S101  raters are people
    items = order_of(round_, actor.id)
    said = {one.item_id: one for one in Rating.objects.filter(item__round=round_, rater_id=actor.id)}
    if item is not None:
        place = next(at for at, one in enumerate(items) if one.pk == item.pk)
    else:
        place = next((at for at, one in enumerate(items) if one.pk not in said), -1)
    if place < 0:
        return None
    shown, known = items[place], said.get(items[place].pk)
    answers = [str(shown.result.answer)]
    if shown.other is not None:
        answers.append(str(shown.other.answer))
        if is_swapped(round_, actor.id, shown.pk):
            answers.reverse()
    return Sheet(
        item=shown,
        number=place + 1,
        of=len(items),
        done=len(said),
        question=shown.result.case.asked,
        answers=answers,
        value=in_own_terms(round_, actor.id, shown.pk, known.value) if known else None,
        note=str(known.note) if known else "",
    )


def in_own_terms(round_: Round, rater_id: UUID, item_id: UUID, value: int) -> int | str:
    if round_.mode != Mode.PAIRWISE:
        return value
    seen = -value if is_swapped(round_, rater_id, item_id) else value
    return {1: "first", -1: "second", 0: "tie"}[seen]


__all__ = ["Sheet", "in_own_terms", "is_swapped", "order_of", "sheet"]
