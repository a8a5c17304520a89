"""What an organisation changes: rules, figures that move with time, and the clause library.

Every change of a playbook is a new version; a review keeps the one that it was made with.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import Conflict, InvalidInput, Message
from verticals.contract_review.models import (
    ClauseTemplate,
    ContractType,
    Parameter,
    Playbook,
    PlaybookVersion,
    Side,
)
from verticals.contract_review.service import engine
from verticals.contract_review.service.errors import InvalidPlaybook
from verticals.contract_review.service.rights import EDIT, TASK, key_of, require

LONGEST_CLAUSE = 10_000


def save_playbook(
    *,
    actor: Actor,
    contract_type: str,
    side: str,
    settings: Mapping[str, Any],
    four_eyes: bool = False,
    note: str = "",
) -> PlaybookVersion:
    """The version with these settings: the newest one when nothing has changed."""
    require(actor, EDIT)
    wrong = {**_wrong_scope(contract_type, side), **_wrong_settings(settings)}
    if wrong:
        raise InvalidPlaybook(fields=wrong)
    clean = _clean(settings)
    body = json.dumps({**clean, "four_eyes": four_eyes}, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(body.encode()).hexdigest()
    with tenancy.scope(actor.organisation_id):
        playbook, _made = Playbook.objects.get_or_create(contract_type=contract_type, side=side)
        playbook = Playbook.objects.select_for_update().get(pk=playbook.pk)
        newest = playbook.versions.order_by("-number").first()
        if newest and newest.digest == digest:
            return newest
        number = (playbook.versions.aggregate(newest=Max("number"))["newest"] or 0) + 1
        version = PlaybookVersion.objects.create(
            playbook=playbook,
            number=number,
            settings=clean,
            digest=digest,
            four_eyes=four_eyes,
            note=note.strip()[:300],
            person_key=key_of(actor),
            created_by=actor.name,
        )
        audit.record(
            actor=actor,
            verb="contract_playbook.changed",
            subject=version,
            before={"number": newest.number, **newest.settings} if newest else None,
            after={"number": number, **clean, "four_eyes": four_eyes},
            task=TASK,
            contract_type=contract_type,
            side=side,
        )
    return version


def _wrong_scope(contract_type: str, side: str) -> dict[str, Message]:
    wrong: dict[str, Message] = {}
    if contract_type and contract_type not in ContractType.values:
        wrong["contract_type"] = _("is no type of contract")
    if side and side not in Side.values:
        wrong["side"] = _("must be 甲方, 乙方 or neutral")
    return wrong


def _wrong_settings(settings: Mapping[str, Any]) -> dict[str, Message]:
    wrong: dict[str, Message] = {}
    known = {row.code: row for row in engine.rules()}
    disabled = settings.get("disabled", [])
    if not isinstance(disabled, list) or any(code not in known for code in disabled):
        wrong["disabled"] = _("names a rule that does not exist")
    thresholds = settings.get("thresholds", {})
    if not isinstance(thresholds, dict) or not all(
        _fits(known.get(code), own) for code, own in thresholds.items()
    ):
        wrong["thresholds"] = _("names a threshold that no rule has, or is no number")
    scores = settings.get("scores", {})
    if not isinstance(scores, dict) or not all(
        code in known and isinstance(score, int) and not isinstance(score, bool) and 0 <= score <= 100
        for code, score in scores.items()
    ):
        wrong["scores"] = _("are whole numbers from 0 to 100, by rule")
    for name in set(settings) - {"disabled", "thresholds", "scores"}:
        wrong[str(name)] = _("is not a setting of a playbook")
    return wrong


def _fits(row: engine.RuleRow | None, own: object) -> bool:
    return (
        row is not None
        and isinstance(own, dict)
        and all(
            name in row.thresholds
            and isinstance(value, int | float)
            and not isinstance(value, bool)
            and 0 <= value < 10**9
            for name, value in own.items()
        )
    )


def _clean(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Only what differs from the rules as they are shipped."""
    known = {row.code: row for row in engine.rules()}
    changed = {
        code: {name: value for name, value in own.items() if value != known[code].thresholds[name]}
        for code, own in settings.get("thresholds", {}).items()
    }
    return {
        "disabled": sorted(set(settings.get("disabled", []))),
        "thresholds": {code: own for code, own in sorted(changed.items()) if own},
        "scores": {
            code: score
            for code, score in sorted(settings.get("scores", {}).items())
            if score != known[code].score
        },
    }


def enter_parameter(
    *, actor: Actor, name: str, value: str, valid_from: str, source: str, region: str = ""
) -> Parameter:
    """A figure from a day on. Reviews that are there keep those that they were made with."""
    require(actor, EDIT)
    number, day, wrong = _number(value), _day(valid_from), {}
    region = region.strip()[:60]
    if name not in engine.PARAMETERS:
        wrong["name"] = _("is no figure that the rules use")
    if number is None:
        wrong["value"] = _("must be a positive number")
    if day is None:
        wrong["valid_from"] = _("must be a date such as 2026-11-22")
    if not source.strip():
        wrong["source"] = _("says where the figure was published")
    if name in (engine.MINIMUM_WAGE, engine.AVERAGE_WAGE) and not region:
        wrong["region"] = _("names the place where it holds")
    if wrong or number is None or day is None:
        raise InvalidInput(fields=wrong, code="invalid_parameter")
    with tenancy.scope(actor.organisation_id):
        before = Parameter.objects.filter(name=name, region=region, valid_from=day).first()
        row, _made = Parameter.objects.update_or_create(
            name=name,
            region=region,
            valid_from=day,
            defaults={
                "value": number,
                "source": source.strip()[:300],
                "person_key": key_of(actor),
                "entered_by": actor.name,
            },
        )
        audit.record(
            actor=actor,
            verb="contract_parameter.entered",
            subject=row,
            before={"value": str(before.value)} if before else None,
            after={"value": str(number), "valid_from": valid_from},
            task=TASK,
            name=name,
            region=region,
        )
    return row


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(str(text).strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 < value < 10**11 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def save_clause(
    *,
    actor: Actor,
    title: str,
    preferred: str,
    acceptable: str = "",
    walk_away: str = "",
    contract_type: str = "",
    side: str = "",
    language: str = "zh",
    rule: str = "",
    replaces: ClauseTemplate | None = None,
) -> ClauseTemplate:
    """Put a clause into the library. A changed one takes the place of the one before, which is kept."""
    require(actor, EDIT)
    wrong = _wrong_scope(contract_type, side)
    texts = {"preferred": preferred, "acceptable": acceptable, "walk_away": walk_away}
    if not title.strip() or len(title) > 200:
        wrong["title"] = _("is missing or too long")
    if not preferred.strip():
        wrong["preferred"] = _("is missing")
    wrong |= {name: _("is too long") for name, text in texts.items() if len(text) > LONGEST_CLAUSE}
    if language not in ("zh", "en"):
        wrong["language"] = _("must be zh or en")
    if rule and rule not in {row.code for row in engine.rules()}:
        wrong["rule"] = _("is no rule")
    if wrong:
        raise InvalidInput(fields=wrong, code="invalid_clause")
    with tenancy.scope(actor.organisation_id):
        if replaces is not None:
            _archive(replaces)
        row = ClauseTemplate.objects.create(
            contract_type=contract_type,
            side=side,
            language=language,
            title=title.strip(),
            rule=rule,
            **{name: text.strip() for name, text in texts.items()},
            person_key=key_of(actor),
            created_by=actor.name,
        )
        audit.record(
            actor=actor,
            verb="contract_clause.changed",
            subject=row,
            task=TASK,
            replaces=str(replaces.pk) if replaces else None,
        )
    return row


def archive_clause(*, actor: Actor, clause: ClauseTemplate) -> None:
    require(actor, EDIT)
    with tenancy.scope(actor.organisation_id):
        _archive(clause)
        audit.record(actor=actor, verb="contract_clause.changed", subject=clause, task=TASK, archived=True)


def _archive(clause: ClauseTemplate) -> None:
    if not ClauseTemplate.objects.filter(pk=clause.pk, archived_at=None).update(archived_at=now()):
        raise Conflict(code="clause_archived")


__all__ = ["archive_clause", "enter_parameter", "save_clause", "save_playbook"]
