"""A person's questions that somebody confirmed: a base remembers them, and a ranking was trained on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sunmao.core.clock import now
from sunmao.core.people import Erased, Kept, Part, Person
from sunmao.knowledge.learning.models import ConfirmedQuestion, Ranking, RankingState


class Confirmations:
    def export(self, person: Person) -> Iterator[Part]:
        found = ConfirmedQuestion.objects.filter(person_key__in=person.key_ids).order_by("created_at", "id")
        rows: list[dict[str, Any]] = [
            {
                "question": one.question,
                "answer": one.answer,
                "base": one.base.slug,
                "confirmed_at": one.created_at,
            }
            for one in found.select_related("base")
        ]
        yield Part(name="confirmed_questions", title=_("Confirmed questions"), rows=rows)

    def erase(self, person: Person) -> Iterator[Erased]:
        """Out of every version of the base, also what came of records that a law keeps. Whatever was trained
        on them is marked to be trained again."""
        gone: QuerySet[ConfirmedQuestion] = ConfirmedQuestion.objects.filter(person_key__in=person.key_ids)
        bases = set(gone.values_list("base", flat=True))
        count = gone.delete()[0]
        trained = Ranking.objects.filter(base__in=bases, retrain_since=None)
        marked = trained.exclude(state=RankingState.REFUSED).update(retrain_since=now())
        yield Erased(what=_("Confirmed questions"), count=count)
        yield Erased(what=_("Rankings marked to be trained again"), count=marked)

    def kept(self, person: Person) -> Iterator[Kept]:
        return iter(())
