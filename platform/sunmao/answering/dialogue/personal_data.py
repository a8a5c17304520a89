"""What callers sent in conversations of a person. A record that a law keeps has what was asked."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from sunmao.answering.dialogue.models import Dialogue
from sunmao.core.people import Erased, Kept, Part, Person


class Dialogues:
    def export(self, person: Person) -> Iterator[Part]:
        found = Dialogue.objects.filter(person_key__in=person.key_ids).order_by("created_at", "id")
        rows = [{"exchange_id": one.exchange_id, "given": one.given, "calls": one.calls} for one in found]
        yield Part(name="dialogues", title=_("Conversations that programs sent"), rows=rows)

    def erase(self, person: Person) -> Iterator[Erased]:
        going = Dialogue.objects.filter(person_key__in=person.key_ids)
        yield Erased(what=_("Conversations that programs sent"), count=going.delete()[0])

    def kept(self, person: Person) -> Iterator[Kept]:
        return iter(())
