"""Bringing a contract: as a file or as pasted text, and later versions of it.

A file is kept before the row that names it; reading it and reviewing it is a job. Whoever sends the same
content twice gets the review that there is.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from django.conf import settings
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import files, tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import EmptyInput, InvalidInput, Message, TooLong
from sunmao.knowledge.services import safe_name
from verticals.contract_review.models import (
    UNDER_WAY,
    Batch,
    Contract,
    ContractVersion,
    Review,
    ReviewState,
    Side,
)
from verticals.contract_review.service import engine, papers, reviewing
from verticals.contract_review.service.rights import RUN, TASK, WRITE, key_of, require

LONGEST_TEXT = 1_000_000
TITLE_LENGTH = 120
Outcome = Literal["new", "unchanged"]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How a contract is to be reviewed."""

    side: Side = Side.NEUTRAL
    contract_type: str = ""
    strictness: str = "normal"
    focus: tuple[str, ...] = ()
    as_of: date = field(default_factory=lambda: timezone.localdate())
    title: str = ""
    training_consent: bool = False


@dataclass(frozen=True)
class Received:
    review: Review
    outcome: Outcome


@dataclass(frozen=True)
class _Content:
    """A stored file, or a pasted text, by its digest."""

    sha256: str
    size: int
    name: str = ""
    kind: str = ""
    text: str = ""
    remarks: tuple[dict[str, str], ...] = ()


def wish(data: Any) -> Wish:
    """The fields of a form or a body, checked; raises `InvalidInput` with every one that is wrong."""
    texts = {name: data.get(name, "") for name in ("side", "contract_type", "strictness", "title", "as_of")}
    wrong: dict[str, Message] = {
        name: _("must be text") for name, value in texts.items() if not isinstance(value, str)
    }
    focus = data.getlist("focus") if hasattr(data, "getlist") else data.get("focus") or []
    if not isinstance(focus, list) or not all(one in engine.focuses() for one in focus):
        wrong["focus"] = _("names something that the rules do not look at")
    if wrong:
        raise InvalidInput(fields=wrong)
    side, day = engine.side_of(texts["side"]), _day(texts["as_of"])
    if side is None:
        wrong["side"] = _("must be 甲方, 乙方 or neutral")
    if texts["contract_type"] not in ("", "other", *engine.TYPES):
        wrong["contract_type"] = _("is no type of contract")
    if texts["strictness"] not in ("", *engine.STRICTNESS):
        wrong["strictness"] = _("must be strict, normal or lenient")
    if day is None:
        wrong["as_of"] = _("must be a date such as 2026-11-22")
    title, consent = _printable(texts["title"]), _consent(data.get("training_consent"))
    if len(texts["title"]) > TITLE_LENGTH:
        wrong["title"] = _("is too long")
    if consent is None:
        wrong["training_consent"] = _("must be true or false")
    if wrong or side is None or day is None:
        raise InvalidInput(fields=wrong)
    return Wish(
        side=side,
        contract_type={"other": "general"}.get(texts["contract_type"], texts["contract_type"]),
        strictness=texts["strictness"] or "normal",
        focus=tuple(focus),
        as_of=day,
        title=title,
        training_consent=bool(consent),
    )


def _consent(given: object) -> bool | None:
    """True or false of a body, or what a form sends for a ticked box; None for anything else."""
    said = {"on": True, "true": True, "1": True, "": False, "false": False, "0": False}
    return given if isinstance(given, bool) else False if given is None else said.get(str(given).lower())


def _day(text: str) -> date | None:
    if not text:
        return timezone.localdate()
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def receive_text(*, actor: Actor, text: str, wish: Wish, anew: bool = False) -> Received:
    """Review pasted text. `anew` makes a contract of its own even when the same text is there already."""
    require(actor, WRITE)
    require(actor, RUN)
    return _receive(actor=actor, content=_pasted(text), wish=wish, anew=anew)


def receive_file(
    *,
    actor: Actor,
    name: str,
    chunks: Iterable[bytes],
    wish: Wish,
    batch: Batch | None = None,
    anew: bool = False,
) -> Received:
    """Keep a file and queue its review. Raises `StorageFull`, `TooLong`, `UnreadableFile`."""
    require(actor, WRITE)
    require(actor, RUN)
    return _receive(actor=actor, content=_stored(actor, name, chunks), wish=wish, batch=batch, anew=anew)


def add_version(
    *, actor: Actor, contract: Contract, text: str = "", name: str = "", chunks: Iterable[bytes] = ()
) -> Received:
    """A later text of a contract. It is reviewed as the one before, and the review of that is superseded."""
    require(actor, WRITE)
    require(actor, RUN)
    content = _stored(actor, name, chunks) if name else _pasted(text)
    with tenancy.scope(actor.organisation_id):
        contract = Contract.objects.select_for_update().get(pk=contract.pk)
        newest = contract.reviews.select_related("version").order_by("-created_at", "-id").first()
        if newest and newest.version.sha256 == content.sha256 and newest.state != ReviewState.FAILED:
            return Received(newest, "unchanged")
        version = _version(contract, content, actor)
        again = Wish(
            side=Side(contract.side),
            contract_type=contract.contract_type,
            strictness=newest.strictness if newest else "normal",
            focus=tuple(newest.focus) if newest else (),
        )
        return Received(reviewing.begin(actor=actor, version=version, wish=again), "new")


def remove(*, actor: Actor, contract: Contract) -> None:
    """From now on nobody finds it. Its rows stay as long as the law wants them kept."""
    require(actor, WRITE)
    with tenancy.scope(actor.organisation_id):
        if not Contract.objects.filter(pk=contract.pk, deleted_at=None).update(deleted_at=now()):
            return
        reviewing.abandon(contract=contract)
        audit.record(actor=actor, verb="contract.removed", subject=contract, task=TASK)


def _receive(
    *, actor: Actor, content: _Content, wish: Wish, batch: Batch | None = None, anew: bool = False
) -> Received:
    with tenancy.scope(actor.organisation_id):
        known = None if anew or batch else _known(actor, content, wish)
        if known:
            return Received(known, "unchanged")
        contract = Contract.objects.create(
            owner_id=actor.id,
            person_key=key_of(actor),
            title=wish.title or _title(content),
            contract_type=wish.contract_type,
            side=wish.side,
            training_consent=wish.training_consent,
            batch=batch,
        )
        version = _version(contract, content, actor)
        return Received(reviewing.begin(actor=actor, version=version, wish=wish, queue=batch is None), "new")


def _known(actor: Actor, content: _Content, wish: Wish) -> Review | None:
    """The same person's open review of this very content, asked for in the same way."""
    same = Review.objects.filter(
        contract__owner_id=actor.id,
        contract__deleted_at=None,
        owner_id=actor.id,
        version__sha256=content.sha256,
        state__in=[*UNDER_WAY, ReviewState.AWAITING_HUMAN],
        side=wish.side,
        strictness=wish.strictness,
        as_of=wish.as_of,
        contract__contract_type=wish.contract_type,
    )
    return next((one for one in same.order_by("-created_at") if one.focus == list(wish.focus)), None)


def _version(contract: Contract, content: _Content, actor: Actor) -> ContractVersion:
    newest = contract.versions.aggregate(newest=Max("number"))["newest"] or 0
    version = ContractVersion.objects.create(
        contract=contract,
        number=newest + 1,
        person_key=contract.person_key,
        name=content.name,
        sha256=content.sha256,
        size=content.size,
        kind=content.kind,
        text=content.text,
        remarks=list(content.remarks),
    )
    audit.record(
        actor=actor,
        verb="contract.received",
        subject=contract,
        task=TASK,
        version=version.number,
        sha256=content.sha256,
        personal={"name": content.name} if content.name else None,
    )
    return version


def _stored(actor: Actor, name: str, chunks: Iterable[bytes]) -> _Content:
    label = safe_name(name)
    kept = files.store(organisation_id=actor.organisation_id, chunks=chunks, limit=settings.SUNMAO_MAX_UPLOAD)
    return _Content(kept.sha256, kept.size, name=label)


def _pasted(text: str) -> _Content:
    if not isinstance(text, str):
        raise InvalidInput(fields={"text": _("must be text")})
    if len(text) > LONGEST_TEXT:
        raise TooLong(fields={"text": _("is longer than a contract can be")})
    if not text.strip():
        raise EmptyInput(fields={"text": _("Paste a clause or a contract, or choose a file.")})
    paper = papers.of_text(text.encode("utf-8", "replace").decode())
    data = paper.text.encode()
    return _Content(
        hashlib.sha256(data).hexdigest(),
        len(data),
        kind="text",
        text=paper.text,
        remarks=tuple(paper.remarks),
    )


def _title(content: _Content) -> str:
    if content.name:
        return content.name.rpartition(".")[0] or content.name
    first = next((line.strip() for line in content.text.splitlines() if line.strip()), "")
    return first if len(first) <= 40 else f"{first[:39]}…"


def _printable(text: str) -> str:
    return "".join(sign for sign in text if unicodedata.category(sign) not in ("Cc", "Cs")).strip()


__all__ = ["Received", "Wish", "add_version", "receive_file", "receive_text", "remove", "wish"]
