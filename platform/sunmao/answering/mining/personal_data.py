"""Where what a person asked stands in clusters. The words themselves are the records' own."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from sunmao.answering.mining.models import Member
from sunmao.answering.mining.services import leave_out
from sunmao.answering.models import AnswerRecord, Outcome
from sunmao.core.people import Erased, Kept, Part, Person


class Mined:
    def export(self, person: Person) -> Iterator[Part]:
        members = Member.objects.filter(record__person_key__in=person.key_ids).exclude(cluster=None)
        rows = [
            {"record_id": record, "cluster_id": cluster}
            for record, cluster in members.order_by("id").values_list("record_id", "cluster_id")
        ]
        yield Part(name="unanswered_questions", title=_("Unanswered questions in clusters"), rows=rows)

    def erase(self, person: Person) -> Iterator[Erased]:
        """Also of records that a law makes the organisation keep: they are kept for that and nothing else."""
        theirs = AnswerRecord.objects.filter(person_key__in=person.key_ids, outcome=Outcome.UNANSWERED)
        yield Erased(what=_("Unanswered questions in clusters"), count=leave_out(theirs))

    def kept(self, person: Person) -> Iterator[Kept]:
        return iter(())
