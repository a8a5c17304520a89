"""What people decide: about each finding, and about the review as a whole.

open ↔ accepted | edited | rejected (with a reason) | deferred, as long as the review awaits people. Nobody
takes back unseen what somebody else decided: a decision names the revision that it was made from. Signing
closes the review: not while a critical finding is open or deferred, and with four eyes only with the second
name.
"""

from __future__ import annotations

from uuid import UUID

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import Message
from verticals.contract_review.models import (
    Decision,
    Finding,
    Review,
    ReviewState,
    Signature,
    TrainingExample,
)
from verticals.contract_review.service.errors import (
    AlreadySigned,
    CriticalFindingsOpen,
    DecidedMeanwhile,
    InvalidDecision,
    ReviewClosed,
)
from verticals.contract_review.service.rights import DECIDE, SIGN, TASK, key_of, require

LONGEST_NOTE, LONGEST_REWRITE = 2_000, 10_000


def decide(
    *,
    actor: Actor,
    finding: Finding,
    decision: str,
    note: str = "",
    rewrite: str = "",
    revision: int | None = None,
) -> Finding:
    """Accept, edit, reject, defer or open again what was seen at `revision`; without one, what is undecided
    or was decided by the same person. Raises `ReviewClosed`, `InvalidDecision`, `DecidedMeanwhile`."""
    require(actor, DECIDE)
    _check(decision, note, rewrite)
    with tenancy.scope(actor.organisation_id):
        review = _open(finding.review_id)
        finding = Finding.objects.select_for_update().get(pk=finding.pk)
        before, said = {"decision": finding.decision, "revision": finding.revision}, _said(finding)
        _check_seen(actor, finding, revision, (decision, note.strip(), rewrite.strip()))
        opened = decision == Decision.OPEN
        finding.revision += 1
        finding.decision, finding.decider_key = Decision(decision), None if opened else key_of(actor)
        finding.decided_by = None if opened else actor.name
        finding.decided_at = None if opened else now()
        finding.note = note.strip() or None if not opened else None
        finding.edited = rewrite.strip() if decision == Decision.EDITED else None
        finding.save()
        if _said(finding) != said and review.signatures.exists():
            _unsign(actor, review)
        _learn(review, finding)
        audit.record(
            actor=actor,
            verb="contract_finding.decided",
            subject=finding,
            before=before,
            after={"decision": decision, "revision": finding.revision},
            personal={name: text for name, text in (("note", note), ("rewrite", rewrite)) if text} or None,
            task=TASK,
            review=str(review.pk),
            rule=finding.rule,
            severity=finding.severity,
        )
    finding.review = review
    return finding


def _said(finding: Finding) -> tuple[str, str, str]:
    """What a signature is given to: the same said twice takes none back."""
    return str(finding.decision), str(finding.note or ""), str(finding.edited or "")


def _check_seen(actor: Actor, finding: Finding, seen: int | None, wanted: tuple[str, str, str]) -> None:
    """The same person may say the same twice: a button that was pressed again is no clash."""
    is_own = finding.decider_key == key_of(actor)
    stands = finding.decision == Decision.OPEN or is_own
    if seen == finding.revision or (seen is None and stands) or (is_own and _said(finding) == wanted):
        return
    raise DecidedMeanwhile(
        _clash(finding),
        fields={
            "decision": finding.decision,
            "decided_by": str(finding.decided_by or ""),
            "revision": str(finding.revision),
        },
    )


def _clash(finding: Finding) -> Message:
    """Who decided what; nobody is named where it was opened again."""
    if finding.decision == Decision.OPEN:
        return _("This finding was decided and opened again in the meantime. Look at it and decide again.")
    return format_lazy(
        _("{name} decided in the meantime: {decision}. Look at it and decide again."),
        name=str(finding.decided_by or ""),
        decision=Decision(finding.decision).label,
    )


def _check(decision: str, note: str, rewrite: str) -> None:
    wrong: dict[str, Message] = {}
    if decision not in Decision.values:
        wrong["decision"] = _("must be accepted, edited, rejected, deferred or open")
    if decision == Decision.REJECTED and not note.strip():
        wrong["note"] = _("says why; without a reason nothing is rejected")
    if decision == Decision.EDITED and not rewrite.strip():
        wrong["rewrite"] = _("holds the clause as you want it")
    if len(note) > LONGEST_NOTE:
        wrong["note"] = _("is too long")
    if len(rewrite) > LONGEST_REWRITE:
        wrong["rewrite"] = _("is too long")
    if wrong:
        raise InvalidDecision(fields=wrong)


def _open(review_id: UUID) -> Review:
    """Whoever decides and whoever signs wait for one another."""
    review = Review.objects.select_for_update(of=("self",)).select_related("contract").get(pk=review_id)
    if not review.is_open:
        raise ReviewClosed
    return review


def sign(*, actor: Actor, review: Review, note: str = "") -> Review:
    """Put one's name under the review. With four eyes the second name makes it final."""
    require(actor, SIGN)
    if len(note) > LONGEST_NOTE:
        raise InvalidDecision(fields={"note": _("is too long")})
    with tenancy.scope(actor.organisation_id):
        review = _open(review.pk)
        blocking = sum(one.blocks_signing for one in review.findings.all())
        if blocking:
            raise CriticalFindingsOpen(fields={"findings": str(blocking)})
        if review.signatures.filter(signer_id=actor.id).exists():
            raise AlreadySigned
        Signature.objects.create(
            review=review,
            signer_id=actor.id,
            person_key=key_of(actor),
            name=actor.name,
            note=note.strip(),
        )
        count = review.signatures.count()
        if count >= (2 if review.four_eyes else 1):
            review.state, review.signed_at = ReviewState.FINAL, now()
            review.save(update_fields=["state", "signed_at"])
        audit.record(
            actor=actor,
            verb="contract_review.signed",
            subject=review,
            task=TASK,
            state=review.state,
            signatures=count,
            four_eyes=review.four_eyes,
            decisions=_decisions(review),
            personal={"note": note} if note else None,
        )
    return review


def _unsign(actor: Actor, review: Review) -> None:
    """A first signature was given to other decisions than these: it has to be given anew."""
    withdrawn = review.signatures.all().delete()[0]
    audit.record(actor=actor, verb="contract_review.reopened", subject=review, task=TASK, withdrawn=withdrawn)


def _decisions(review: Review) -> dict[str, int]:
    found: dict[str, int] = {}
    for decision in review.findings.values_list("decision", flat=True):
        found[decision] = found.get(decision, 0) + 1
    return found


def _learn(review: Review, finding: Finding) -> None:
    """An accepted or edited rewrite becomes an example where the contract was brought with consent."""
    TrainingExample.objects.filter(finding=finding).delete()
    wanted = finding.decision in (Decision.ACCEPTED, Decision.EDITED) and bool(finding.rewrite)
    if not (wanted and review.contract.training_consent):
        return
    content = finding.content
    TrainingExample.objects.create(
        finding=finding,
        person_key=review.person_key,
        kind=finding.decision,
        content={
            "clause": "\n".join(span["quote"] for span in content["spans"]),
            "finding": content["title"],
            "explanation": content["explanation"],
            "rewrite": finding.rewrite,
        },
        lineage={
            "review": str(review.pk),
            "contract": str(review.contract_id),
            "rule": finding.rule,
            "source": finding.source,
            "ruleset": review.ruleset_version,
            "side": review.side,
            "contract_type": review.contract_type,
            "language": review.language,
            "engine": review.engine,
            "model": review.model,
            "prompt_version": str(review.prompt_version_id) if review.prompt_version_id else "",
            "consent": True,
        },
    )


__all__ = ["decide", "sign"]
