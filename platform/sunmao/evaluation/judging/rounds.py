"""Verbs of rating rounds: open one, say who rates, rate, close it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from random import Random

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.models import User
from sunmao.accounts.selectors import actor_of_name
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, InvalidInput, SunmaoError
from sunmao.core.texts import storable
from sunmao.evaluation.judging.counting import figures_of
from sunmao.evaluation.judging.models import Assignment, Item, Mode, Rating, Round, RoundState
from sunmao.evaluation.judging.selectors import MANAGE, RATE
from sunmao.evaluation.judging.sheets import is_swapped
from sunmao.evaluation.models import Result, Run

MOST = 500
LONGEST_NOTE = 2_000


@transaction.atomic
def open_round(
    *,
    actor: Actor,
    title: str,
    run: Run,
    other: Run | None = None,
    criteria: str = "",
    size: int = 0,
    seed: int | None = None,
) -> Round:
    """With `other`, pairwise: the answers of both to the same cases. `size` draws so many cases, else all."""
    actor.require(MANAGE)
    named = " ".join(title.split())[:200]
    if not named or not storable(named) or not storable(criteria) or len(criteria) > 4_000:
        raise InvalidInput(fields={"title": _("is empty, or holds what no text can")})
    if isinstance(size, bool) or not 0 <= size <= MOST:
        raise InvalidInput(fields={"size": _("must be a whole number from 0 to 500")})
    if other is not None and (other.pk == run.pk or other.suite_id != run.suite_id):
        raise InvalidInput(fields={"other": _("must be another evaluation of the same suite")})
    drawn = secrets.randbelow(2**31) if seed is None else seed
    with tenancy.scope(actor.organisation_id):
        if run.finished_at is None or (other is not None and other.finished_at is None):
            raise Conflict(_("This evaluation has not finished."), code="evaluation_not_finished")
        pairs = _pairs(run, other, size or MOST, drawn)
        if not pairs:
            raise Conflict(_("There are no answers to rate."), code="no_answers")
        made = Round.objects.create(
            title=named,
            mode=Mode.PAIRWISE if other else Mode.SCORE,
            run=run,
            other=other,
            criteria=criteria.strip(),
            seed=drawn,
        )
        Item.objects.bulk_create(Item(round=made, result=one, other=two) for one, two in pairs)
        audit.record(
            actor=actor,
            verb="rating_round.opened",
            subject=made,
            title=named,
            mode=made.mode,
            suite=run.suite.slug,
            items=len(pairs),
        )
    return made


def _pairs(run: Run, other: Run | None, most: int, seed: int) -> list[tuple[Result, Result | None]]:
    """Cases that were answered, by both where there are two."""
    found = [one for one in run.results.select_related("case") if str(one.answer).strip()]
    if other is None:
        pairs: list[tuple[Result, Result | None]] = [(one, None) for one in found]
    else:
        known = {one.case_id: one for one in other.results.all() if str(one.answer).strip()}
        pairs = [(one, known[one.case_id]) for one in found if one.case_id in known]
    if len(pairs) > most:
        pairs = Random(seed).sample(pairs, most)  # noqa: S311  a draw that can be made again
    return pairs


@transaction.atomic
def assign(*, actor: Actor, round_: Round, usernames: Sequence[str]) -> list[Assignment]:
    """Who rates here. As long as nobody is named, whoever may rate can."""
    actor.require(MANAGE)
    with tenancy.scope(actor.organisation_id):
        _must_be_open(round_)
        raters = [_rater(actor, name) for name in dict.fromkeys(usernames)]
        if not raters:
            raise InvalidInput(fields={"raters": _("is empty")})
        made = [
            Assignment.objects.get_or_create(
                round=round_, rater_id=one.id, defaults={"rater_name": one.name[:200]}
            )[0]
            for one in raters
            if one.id is not None
        ]
        audit.record(
            actor=actor,
            verb="rating_round.assigned",
            subject=round_,
            title=round_.title,
            raters=[one.name for one in raters],
        )
    return made


def _rater(actor: Actor, username: str) -> Actor:
    from sunmao.accounts.models import Organisation

    organisation = Organisation.objects.get(pk=actor.organisation_id)
    try:
        found = actor_of_name(organisation=organisation, username=username)
    except SunmaoError:
        found = None
    if found is None or not found.can(RATE):
        raise InvalidInput(
            _("Only members who may rate answers can be named."),
            code="unknown_rater",
            fields={"raters": username},
        )
    return found


def _must_be_open(round_: Round) -> None:
    if round_.state != RoundState.OPEN:
        raise Conflict(_("This round is closed."), code="rating_round_closed")


WORDS = {"first": 1, "second": -1, "tie": 0}


@transaction.atomic
def rate(*, actor: Actor, item: Item, value: object, note: str = "") -> Rating:
    """`value` is 1 to 5, or, of two, `first`, `second` (as the rater sees them) or `tie`."""
    actor.require(RATE)
    if actor.kind != "user" or actor.id is None:
        raise Conflict(_("Only a person can rate."), code="not_a_person")
    if len(note) > LONGEST_NOTE or not storable(note):
        raise InvalidInput(fields={"note": _("is too long, or holds what no text can")})
    with tenancy.scope(actor.organisation_id):
        _must_be_open(Round.objects.select_for_update(of=("self",)).get(pk=item.round_id))
        kept, _made = Rating.objects.update_or_create(
            item=item,
            rater_id=actor.id,
            defaults={"value": _value(actor, item, value), "note": note.strip()},
        )
        audit.record(actor=actor, verb="rating.given", subject=kept, round=str(item.round_id))
    return kept


def _value(actor: Actor, item: Item, given: object) -> int:
    if item.round.mode == Mode.PAIRWISE:
        if not isinstance(given, str) or given not in WORDS:
            raise InvalidInput(fields={"value": _("must be first, second or tie")})
        assert actor.id is not None  # noqa: S101  a person
        return -WORDS[given] if is_swapped(item.round, actor.id, item.pk) else WORDS[given]
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= 5:
        raise InvalidInput(fields={"value": _("must be a whole number from 1 to 5")})
    return given


@transaction.atomic
def close_round(*, actor: Actor, round_: Round) -> Round:
    """Counts what was said, and puts it beside the figures of the run."""
    actor.require(MANAGE)
    with tenancy.scope(actor.organisation_id):
        round_ = Round.objects.select_for_update(of=("self",)).get(pk=round_.pk)
        _must_be_open(round_)
        round_.figures = figures_of(round_)
        if not round_.figures["ratings"]:
            raise Conflict(_("Nobody has rated yet."), code="no_ratings")
        round_.state, round_.closed_at = RoundState.CLOSED, Now()
        round_.save(update_fields=["figures", "state", "closed_at"])
        round_.refresh_from_db(fields=["closed_at"])
        run = Run.objects.select_for_update(of=("self",)).get(pk=round_.run_id)
        run.figures = {**run.figures, "human": {**run.figures.get("human", {}), round_.mode: _short(round_)}}
        run.save(update_fields=["figures"])
        audit.record(
            actor=actor,
            verb="rating_round.closed",
            subject=round_,
            title=round_.title,
            ratings=round_.figures["ratings"],
            agreement=round_.figures["alpha"],
        )
    return round_


def _short(round_: Round) -> dict[str, object]:
    found = round_.figures
    kept = ("items", "raters", "mean", "interval", "wins", "ties", "losses", "alpha", "kappa")
    told: dict[str, object] = {name: found[name] for name in kept if name in found}
    return {**told, "round": str(round_.pk), "against": str(round_.other_id) if round_.other_id else None}


def members_who_rate(actor: Actor) -> list[str]:
    """The names of members who may be asked to rate. In the organisation's scope."""
    from sunmao.accounts.models import Membership

    users = User.objects.filter(pk__in=Membership.objects.values("user"), is_active=True).values_list(
        "username", flat=True
    )
    found = []
    for name in users.order_by("username")[:200]:
        try:
            _rater(actor, name)
        except InvalidInput:
            continue
        found.append(name)
    return found


__all__ = ["assign", "close_round", "members_who_rate", "open_round", "rate"]
