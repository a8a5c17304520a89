"""Checks that ask a judge: a model that was held against people (`evaluation.judging`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.evaluation.checks.kind import Answered, Checked, Kind
from sunmao.evaluation.checks.reading import text, truth, whole

NO_JUDGE, NOTHING_BEFORE = "no_judge", "nothing_before"
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")


def _slug(value: Any) -> str:
    if not isinstance(value, str) or not _SLUG.fullmatch(value):
        raise ValueError
    return value


def _judge(answered: Answered, given: Mapping[str, Any]) -> Checked:
    """The score is from 1 to 5."""
    if answered.referee is None:
        return Checked(False, NO_JUDGE)
    return answered.referee.score(answered, given)


def _pairwise(answered: Answered, given: Mapping[str, Any]) -> Checked:
    """Better than a written answer, or than that of the run before: 1 is better, 0.5 as good, 0 worse.
    Where there was none, there is nothing to be worse than."""
    if answered.referee is None:
        return Checked(False, NO_JUDGE)
    if not given.get("text") and not answered.before.strip():
        return Checked(True, NOTHING_BEFORE)
    return answered.referee.compare(answered, given)


KINDS = {
    "judge": Kind(
        title=_("a judge gives at least"),
        check=_judge,
        required={"judge": _slug, "at_least": whole(1, 5)},
        optional={"text": text},
        is_opinion=True,
    ),
    "pairwise": Kind(
        title=_("a judge prefers it"),
        check=_pairwise,
        required={"judge": _slug},
        optional={"text": text, "strictly": truth},
        is_opinion=True,
    ),
}
__all__ = ["KINDS", "NOTHING_BEFORE", "NO_JUDGE"]
