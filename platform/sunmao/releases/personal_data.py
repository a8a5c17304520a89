"""Who decided about releases, and in what words: a part of the account of what answered when."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from sunmao.core.people import Erased, Kept, Part, Person
from sunmao.releases.models import Approval, Shift


class Decisions:
    def export(self, person: Person) -> Iterator[Part]:
        if person.user_id is None:
            return
        said = Approval.objects.filter(decided_by=person.user_id).select_related("release")
        done = Shift.objects.filter(by=person.user_id).select_related("release")
        rows = [
            {"release": str(one.release), "did": one.verdict, "said": one.note, "at": one.created_at}
            for one in said
        ]
        rows += [
            {"release": str(one.release), "did": one.kind, "said": one.reason, "at": one.created_at}
            for one in done
        ]
        yield Part(name="release_decisions", title=_("Decisions about releases"), rows=rows)

    def erase(self, person: Person) -> Iterator[Erased]:
        return iter(())

    def kept(self, person: Person) -> Iterator[Kept]:
        """Rows that nobody can change, the database sees to it."""
        if person.user_id is None:
            return
        count = Approval.objects.filter(decided_by=person.user_id).count()
        count += Shift.objects.filter(by=person.user_id).count()
        if count:
            yield Kept(
                what=_("Decisions about releases"),
                count=count,
                why=_("Who let a release answer is part of its account, and stays with it."),
            )
