"""The door to production that every other door leads to: the report must still be true."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict
from sunmao.evaluation.gates.judging import stale
from sunmao.releases import promoting, splitting
from sunmao.releases.models import Release, Shift, Split, SplitMode
from sunmao.releases.selectors import last_report


class StaleReport(Conflict):
    code = "gate_stale"
    default_message = _("What the gate judged has changed since: have the release judged again.")


def promote(*, actor: Actor, release: Release, reason: str = "") -> Shift:
    """`releases.promoting.promote`, of a release whose report is still true."""
    actor.require(promoting.PROMOTE)
    _must_hold(actor, release)
    return promoting.promote(actor=actor, release=release, reason=reason)


def start_split(*, actor: Actor, release: Release, mode: str, share: int) -> Split:
    actor.require(promoting.PROMOTE)
    if mode != SplitMode.SHADOW:
        _must_hold(actor, release)
    return splitting.start_split(actor=actor, release=release, mode=mode, share=share)


def _must_hold(actor: Actor, release: Release) -> None:
    with tenancy.scope(actor.organisation_id):
        report = last_report(release)
        changed = list(stale(report)) if report and report.passed else []
    if changed:
        raise StaleReport(fields={str(one["what"]): _("has changed since") for one in changed})


__all__ = ["StaleReport", "promote", "start_split"]
