"""Hints on the bases that an actor may see, with their words for people."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, IntegerField, QuerySet, When
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.actor import Actor
from sunmao.core.errors import Message, NotFound
from sunmao.core.ids import reference as as_id
from sunmao.knowledge.hints.models import Hint, HintKind, HintState
from sunmao.knowledge.models import Passage
from sunmao.knowledge.policies import bases_visible_to

READ, SETTLE = "hints.hint.read", "hints.hint.settle"
_WHY = {
    "same_text": _(
        "Two documents hold the same text. Keep it in one place, so that it is changed in one place."
    ),
    "alike": _("Two documents hold nearly the same text: {share} %. Check that both are meant."),
    "number": _("Two statements on one subject give different figures: {one} and {other}."),
    "date": _("Two statements on one subject give different days: {one} and {other}."),
    "negation": _("Of two statements on one subject one says not."),
    "past_last_day": _("It was in force through {day}; questions of today do not find it."),
    "not_reviewed": _("Nobody has reviewed it since {since}, {days} days ago."),
    "law_ended": _("It refers to {law}, which was in force through {day}."),
    "article_gone": _("It refers to {article} of {law}; the text in force has no such article."),
}


def hints_visible_to(actor: Actor, permission: str = READ) -> QuerySet[Hint]:
    """Open ones first, the likeliest first among them."""
    actor.require(permission)
    bases = bases_visible_to(actor, permission)
    order = Case(When(state=HintState.OPEN, then=0), default=1, output_field=IntegerField())
    found = Hint.objects.filter(base__in=bases, document__deleted_at=None)
    return (
        found.select_related("base", "document", "passage__document", "other__document")
        .annotate(order=order)
        .order_by("order", "-score", "-created_at", "-pk")
    )


def visible_hint(*, actor: Actor, hint_id: object, permission: str = READ) -> Hint:
    found = hints_visible_to(actor, permission).filter(pk=as_id(hint_id)).first()
    if found is None:
        raise NotFound
    return found


def resolve_hint(*, actor: Actor, reference: object, **asked: str) -> Hint:
    return visible_hint(actor=actor, hint_id=reference, **asked)


def why(hint: Hint) -> Message:
    """The finding in a sentence."""
    values = {name: value for name, value in hint.values.items() if isinstance(value, str)}
    if hint.kind == HintKind.CONTRADICTION:
        one, other = hint.values.get("differs", [[], []])
        values |= {"one": ", ".join(one), "other": ", ".join(other)}
    values["share"] = str(round(100 * hint.score))
    known = _WHY.get(hint.rule)
    return format_lazy(known, **values) if known else hint.rule


def as_dict(hint: Hint) -> dict[str, Any]:
    return {
        "id": str(hint.pk),
        "base": hint.base.slug,
        "kind": hint.kind,
        "rule": hint.rule,
        "state": hint.state,
        "why": str(why(hint)),
        "score": hint.score,
        "values": hint.values,
        "document_id": str(hint.document_id),
        "document": hint.document.name,
        "passage": _passage(hint.passage),
        "other": _passage(hint.other),
        "found_in": hint.found_in,
        "created_at": hint.created_at.isoformat(),
    }


def _passage(found: Passage | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "id": str(found.pk),
        "document_id": str(found.document_id),
        "document": found.document.name,
        "label": found.label,
        "text": found.text,
    }


__all__ = ["READ", "SETTLE", "as_dict", "hints_visible_to", "resolve_hint", "visible_hint", "why"]
