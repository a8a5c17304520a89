"""Cases that were made of a person's words. Whoever is erased takes them along, with every result of them.

Also those of a record that a law keeps: the record is kept for that law and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from sunmao.core.people import Erased, Kept, Part, Person
from sunmao.evaluation.models import Case


class Cases:
    def export(self, person: Person) -> Iterator[Part]:
        made = Case.objects.filter(person_key__in=person.key_ids).order_by("created_at", "id")
        rows = [{"id": one.pk, "input": one.data, "created_at": one.created_at} for one in made]
        yield Part(name="evaluation_cases", title=_("Questions that became evaluation cases"), rows=rows)

    def erase(self, person: Person) -> Iterator[Erased]:
        made = Case.objects.filter(person_key__in=person.key_ids)
        count = made.count()
        made.delete()
        yield Erased(what=_("Questions that became evaluation cases"), count=count)

    def kept(self, person: Person) -> Iterator[Kept]:
        return iter(())
