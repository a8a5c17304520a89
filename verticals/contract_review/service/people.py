"""What contract review holds about a person: contracts they brought, what they decided, signed and asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from sunmao.audit import retention
from sunmao.audit.personal_data import law_behind
from sunmao.core.people import Erased, Kept, Part, Person
from verticals.contract_review.models import Batch, Contract, Finding, Inquiry, Signature, TrainingExample


class Contracts:
    def export(self, person: Person) -> Iterator[Part]:
        keys = person.key_ids
        contracts = Contract.objects.filter(person_key__in=keys).prefetch_related("versions")
        yield Part(name="contracts", title=_("Contracts"), rows=[_contract(one) for one in contracts])
        decided = Finding.objects.filter(decider_key__in=keys)
        yield Part(
            name="contract_decisions",
            title=_("Decisions about findings"),
            rows=[_decision(one) for one in decided],
        )
        signed = Signature.objects.filter(person_key__in=keys)
        yield Part(
            name="contract_signatures",
            title=_("Reviews signed off"),
            rows=[
                {"review_id": one.review_id, "name": one.name, "note": one.note, "at": one.created_at}
                for one in signed
            ],
        )
        asked = Inquiry.objects.filter(person_key__in=keys)
        yield Part(
            name="contract_questions",
            title=_("Questions about contracts"),
            rows=[
                {"id": one.pk, "question": one.question, "answer": one.answer, "at": one.created_at}
                for one in asked
            ],
        )

    def erase(self, person: Person) -> Iterator[Erased]:
        """Training on what a person brought ends at once; the rest becomes unreadable with its key."""
        examples = TrainingExample.objects.filter(person_key__in=person.key_ids)
        yield Erased(what=_("Training examples from contracts"), count=examples.delete()[0])
        Contract.objects.filter(person_key__in=person.key_ids).update(training_consent=False)
        going = sorted(person.going)
        Batch.objects.filter(person_key__in=going).update(owner_id=None)
        contracts = Contract.objects.filter(person_key__in=going)
        contracts.update(owner_id=None)
        yield Erased(what=_("Contracts made unreadable"), count=contracts.count())

    def kept(self, person: Person) -> Iterator[Kept]:
        for duty in sorted(person.duties):
            contracts = Contract.objects.filter(person_key__in=person.keys_for(duty))
            newest = contracts.aggregate(newest=Max("created_at"))["newest"]
            if newest:
                yield Kept(
                    what=_("Contracts with their reviews"),
                    count=contracts.count(),
                    why=law_behind(duty),
                    duty=duty,
                    until=retention.keep_until(duty, newest),
                )


def _contract(one: Contract) -> dict[str, Any]:
    return {
        "id": one.pk,
        "title": one.title,
        "type": one.contract_type,
        "side": one.side,
        "received_at": one.created_at,
        "removed_at": one.deleted_at,
        "versions": [
            {"number": version.number, "name": version.name, "sha256": version.sha256, "text": version.text}
            for version in one.versions.all()
        ],
    }


def _decision(one: Finding) -> dict[str, Any]:
    return {
        "finding_id": one.pk,
        "review_id": one.review_id,
        "rule": one.rule,
        "decision": one.decision,
        "note": one.note or "",
        "rewrite": one.edited or "",
        "at": one.decided_at,
    }
