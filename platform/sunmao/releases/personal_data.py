"""Who decided about releases, and in what words. That it was decided, and how, is a part of the account of
what answered when and stays; name and words go with their person's key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.people import Erased, Kept, Part, Person
from sunmao.releases.models import Approval, Release, Shift


class Decisions:
    def export(self, person: Person) -> Iterator[Part]:
        of: dict[str, Any] = {"person_key__in": person.key_ids}
        made = Release.objects.filter(**of)
        said = Approval.objects.filter(**of).select_related("release")
        done = Shift.objects.filter(**of).select_related("release")
        rows: list[dict[str, Any]] = [
            {"release": str(one), "did": "composed", "said": one.note, "at": one.created_at} for one in made
        ]
        rows += [
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
        of: dict[str, Any] = {"person_key__in": person.key_ids}
        count = sum(model.objects.filter(**of).count() for model in (Release, Approval, Shift))
        if count:
            why = _(
                "What answered when stays on record; who decided, and in what words, can no longer be read."
            )
            yield Kept(what=_("Decisions about releases"), count=count, why=why)
