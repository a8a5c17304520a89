"""What the log holds about a person. Entries are never removed before their time; names in them can go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from sunmao.audit import retention
from sunmao.audit.models import Entry
from sunmao.core.errors import Message
from sunmao.core.people import Erased, Kept, Part, Person


class Log:
    def export(self, person: Person) -> Iterator[Part]:
        """What the person did, and what was done to them; of others' entries not who did it."""
        rows = [_row(entry, person) for entry in _of(person.key_ids).order_by("at", "id")]
        yield Part(name="audit", title=_("Audit entries"), rows=rows)

    def erase(self, person: Person) -> Iterator[Erased]:
        count = _of(sorted(person.going)).count()
        yield Erased(what=_("Names and addresses in audit entries"), count=count)

    def kept(self, person: Person) -> Iterator[Kept]:
        ordinary = _of(person.keys_for("")).count()
        if ordinary:
            why = _("The log stays complete and its chain verifies; who it was can no longer be read in it.")
            yield Kept(what=_("Audit entries"), count=ordinary, why=why)
        for duty in sorted(person.duties):
            entries = _of(person.keys_for(duty))
            newest = entries.aggregate(newest=Max("at"))["newest"]
            if newest:
                yield Kept(
                    what=_("Audit entries"),
                    count=entries.count(),
                    why=law_behind(duty),
                    duty=duty,
                    until=retention.keep_until(duty, newest),
                )


def law_behind(duty: str) -> Message:
    """Why records of this class must be kept; of a class that was forgotten nobody knows any more."""
    known = retention.CLASSES.get(duty)
    return known.duty if known else _("A duty that this version does not know: %(name)s") % {"name": duty}


def _of(keys: list[Any]) -> Any:
    return Entry.objects.filter(Q(actor_key__in=keys) | Q(person_key__in=keys))


def _row(entry: Entry, person: Person) -> dict[str, Any]:
    own = entry.actor_key in person.key_ids
    return {
        "id": entry.pk,
        "at": entry.at,
        "verb": entry.verb,
        "subject": {"kind": entry.subject_kind, "id": entry.subject_id},
        "by_this_person": own,
        "origin": entry.origin if own else None,
        "personal": entry.personal if entry.person_key in person.key_ids else None,
        "detail": entry.detail,
        "before": entry.before,
        "after": entry.after,
    }
