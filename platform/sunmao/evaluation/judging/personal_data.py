"""What raters wrote. What they rated goes with whoever's words it was: items hang on the cases."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from sunmao.core.people import Erased, Kept, Part, Person
from sunmao.evaluation.judging.models import Assignment, Rating


class Ratings:
    def export(self, person: Person) -> Iterator[Part]:
        given = Rating.objects.filter(rater_id=person.user_id) if person.user_id else Rating.objects.none()
        rows = [
            {"id": one.pk, "value": one.value, "note": one.note, "created_at": one.created_at}
            for one in given.order_by("created_at", "id")
        ]
        yield Part(name="ratings", title=_("Ratings of answers"), rows=rows)

    def erase(self, person: Person) -> Iterator[Erased]:
        """The values stay, as nobody's: figures were made of them."""
        count = 0
        if person.user_id:
            for rating in Rating.objects.filter(rater_id=person.user_id):
                if rating.note:  # sealed, so the database cannot tell
                    rating.note = ""
                    rating.save(update_fields=["note"])
                    count += 1
            Assignment.objects.filter(rater_id=person.user_id).update(rater_name="")
        yield Erased(what=_("Notes on rated answers"), count=count)

    def kept(self, person: Person) -> Iterator[Kept]:
        return iter(())
