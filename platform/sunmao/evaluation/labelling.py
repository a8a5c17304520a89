"""What the answers of an evaluation are, by the one path of the label."""

from __future__ import annotations

from collections.abc import Sequence

from sunmao.answering.models import Outcome
from sunmao.answering.rehearsing import FAILED, REFUSED
from sunmao.evaluation.models import Result
from sunmao.guards.label import Kind, Label, label
from sunmao.inference.engines.extractive import ExtractiveEngine

NOT_SAID = (Outcome.UNANSWERED, Outcome.WITHHELD, REFUSED, FAILED)
STRONGEST: tuple[Kind, ...] = ("generated", "extract", "rules")


def kind_of(found: Result) -> Kind:
    """Which model answered tells it: the extract only quotes, and where no model was asked rules computed."""
    if not str(found.answer) or found.outcome in NOT_SAID:
        return "none"
    if not found.model:
        return "rules"
    return "extract" if found.model == ExtractiveEngine.model else "generated"


def label_of(found: Result) -> Label:
    return label(kind=kind_of(found), produce_id=found.pk.hex, text=str(found.answer))


def label_of_all(found: Sequence[Result], *, produce_id: str) -> Label:
    """Of a whole file: what a model wrote anywhere in it makes it generated."""
    kinds = {kind_of(one) for one in found}
    return label(kind=next((one for one in STRONGEST if one in kinds), "none"), produce_id=produce_id)


__all__ = ["kind_of", "label_of", "label_of_all"]
