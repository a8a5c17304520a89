"""What the placeholders in a person's texts stand for."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from sunmao.core.people import Erased, Kept, Part, Person
from sunmao.guards.models import SurrogateMap


class Surrogates:
    def export(self, person: Person) -> Iterator[Part]:
        found = SurrogateMap.objects.filter(person_key__in=person.key_ids).order_by("created_at", "id")
        rows = [{"about": one.about, "values": one.values} for one in found] if person.with_replaced else []
        yield Part(name="replaced", title=_("Personal data that placeholders stand for"), rows=rows)

    def erase(self, person: Person) -> Iterator[Erased]:
        count = SurrogateMap.objects.filter(person_key__in=person.going).delete()[0]
        yield Erased(what=_("Personal data that placeholders stand for"), count=count)

    def kept(self, person: Person) -> Iterator[Kept]:
        """A record under a duty would be nobody's without what its placeholders stand for."""
        for duty in sorted(person.duties):
            count = SurrogateMap.objects.filter(person_key__in=person.keys_for(duty)).count()
            if count:
                yield Kept(
                    what=_("Personal data that placeholders stand for"),
                    count=count,
                    why=_("Records that must be kept cannot be read without it."),
                    duty=duty,
                )
