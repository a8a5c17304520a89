"""What of the contracts an actor may see; the rest is as absent as what never was."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.crypto import persons
from sunmao.core.ids import reference as id_of
from verticals.contract_review.models import (
    Batch,
    ClauseTemplate,
    Contract,
    ContractVersion,
    Finding,
    Inquiry,
    Parameter,
    Playbook,
    PlaybookVersion,
    Review,
)
from verticals.contract_review.service.errors import UnknownContract
from verticals.contract_review.service.rights import READ_ALL, RUN, may, require


def _seen(actor: Actor, owner: str, key: str) -> Q:
    """All of the organisation for those who may read them, one's own for the others."""
    if may(actor, READ_ALL):
        return Q(organisation_id=actor.organisation_id)
    own = Q(organisation_id=actor.organisation_id, **{owner: actor.id})
    if actor.on_behalf_of:
        own &= Q(**{f"{key}__in": persons.keys_of(actor.subject)})
    return own


def contracts(actor: Actor) -> QuerySet[Contract]:
    require(actor, RUN)
    return Contract.objects.filter(_seen(actor, "owner_id", "person_key"), deleted_at=None)


def reviews(actor: Actor) -> QuerySet[Review]:
    require(actor, RUN)
    seen = _seen(actor, "contract__owner_id", "contract__person_key")
    found = Review.objects.filter(seen, contract__deleted_at=None)
    return found.select_related("contract", "version", "playbook", "job", "contract__batch")


def batches(actor: Actor) -> QuerySet[Batch]:
    require(actor, RUN)
    return Batch.objects.filter(_seen(actor, "owner_id", "person_key")).select_related("job")


def newest_reviews(actor: Actor) -> QuerySet[Review]:
    """One for each contract: the newest."""
    newest = reviews(actor).order_by("contract_id", "-created_at", "-id").distinct("contract_id")
    return reviews(actor).filter(pk__in=newest.values("pk"))


def review_of(actor: Actor, version: ContractVersion) -> Review | None:
    return reviews(actor).filter(version=version).order_by("-created_at", "-id").first()


def _one(found: QuerySet[Any], wanted: object) -> Any:
    row = found.filter(pk=id_of(wanted)).first()
    if row is None:
        raise UnknownContract
    return row


def resolve_contract(*, actor: Actor, reference: object) -> Contract:
    found: Contract = _one(contracts(actor), reference)
    return found


def resolve_version(*, actor: Actor, reference: object) -> ContractVersion:
    seen = ContractVersion.objects.filter(contract__in=contracts(actor)).select_related("contract")
    found: ContractVersion = _one(seen, reference)
    return found


def resolve_review(*, actor: Actor, reference: object) -> Review:
    found: Review = _one(reviews(actor), reference)
    return found


def resolve_finding(*, actor: Actor, reference: object) -> Finding:
    seen = Finding.objects.filter(review__in=reviews(actor)).select_related("review", "review__contract")
    found: Finding = _one(seen, reference)
    return found


def resolve_batch(*, actor: Actor, reference: object) -> Batch:
    found: Batch = _one(batches(actor), reference)
    return found


def resolve_inquiry(*, actor: Actor, reference: object) -> Inquiry:
    own = Inquiry.objects.filter(review__in=reviews(actor), owner_id=actor.id).select_related("review", "job")
    found: Inquiry = _one(own, reference)
    return found


def resolve_clause(*, actor: Actor, reference: object) -> ClauseTemplate:
    require(actor, RUN)
    found: ClauseTemplate = _one(
        ClauseTemplate.objects.filter(organisation_id=actor.organisation_id, archived_at=None), reference
    )
    return found


def resolve_playbook(*, actor: Actor, reference: object) -> Playbook:
    require(actor, RUN)
    found: Playbook = _one(Playbook.objects.filter(organisation_id=actor.organisation_id), reference)
    return found


def playbook_for(*, contract_type: str, side: str) -> PlaybookVersion | None:
    """The newest version of the playbook that fits best: type and side, type, side, or the general one."""
    fitting = PlaybookVersion.objects.filter(
        playbook__contract_type__in=["", contract_type], playbook__side__in=["", side]
    )
    ranked = sorted(
        fitting.select_related("playbook"),
        key=lambda one: (bool(one.playbook.contract_type), bool(one.playbook.side), one.number),
    )
    return ranked[-1] if ranked else None


def parameters() -> dict[str, list[dict[str, str]]]:
    """Everything that the current organisation has entered, by name."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in Parameter.objects.order_by("name", "region", "valid_from"):
        found.setdefault(row.name, []).append(
            {
                "region": row.region,
                "value": str(row.value),
                "since": row.valid_from.isoformat(),
                "source": row.source,
            }
        )
    return found


def stored_files() -> set[str]:
    """The names of the files that versions of this organisation are kept in."""
    kept = ContractVersion.objects.exclude(kind="text").exclude(sha256="")
    return set(kept.values_list("sha256", flat=True))


def reviews_by_state() -> list[tuple[str, int]]:
    """(state, count) in the current organisation."""
    counted = Review.objects.order_by().values_list("state").annotate(count=Count("pk"))
    return [(state, count) for state, count in counted]


def progress_of(batch: Batch) -> dict[str, int]:
    """How many of a batch are reviewed, failed and waiting."""
    with tenancy.scope(batch.organisation_id):
        states = list(
            Review.objects.filter(contract__batch=batch)
            .order_by("contract_id", "-created_at")
            .distinct("contract_id")
            .values_list("state", flat=True)
        )
    failed = sum(state == "failed" for state in states)
    waiting = sum(state in ("queued", "parsing", "analysing") for state in states)
    done = len(states) - failed - waiting
    return {"total": len(states), "done": done, "failed": failed, "waiting": waiting}


def newest_version(*, contract_type: str, side: str) -> PlaybookVersion | None:
    """The version in force of the playbook for exactly this type and side."""
    return PlaybookVersion.objects.filter(playbook__contract_type=contract_type, playbook__side=side).first()


def playbook_versions() -> QuerySet[PlaybookVersion]:
    """Every version of every playbook of the current organisation, newest first."""
    return PlaybookVersion.objects.select_related("playbook").order_by("-created_at", "-id")
