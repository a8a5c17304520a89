"""The questions that a person tried. Cases and runs are the organisation's own test material."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from sunmao.core.people import Erased, Kept, Part, Person
from sunmao.knowledge.trials.models import Trial


class Trials:
    def export(self, person: Person) -> Iterator[Part]:
        tried = Trial.objects.filter(person_key__in=person.key_ids).order_by("created_at", "id")
        rows = [
            {"id": one.pk, "question": one.question, "bases": one.pins, "created_at": one.created_at}
            for one in tried
        ]
        yield Part(name="tried_questions", title=_("Questions tried in hit tests"), rows=rows)

    def erase(self, person: Person) -> Iterator[Erased]:
        gone = Trial.objects.filter(person_key__in=person.key_ids).delete()[0]
        yield Erased(what=_("Questions tried in hit tests"), count=gone)

    def kept(self, person: Person) -> Iterator[Kept]:
        return iter(())
