"""Many questions at once: a file of them becomes a suite of its own, which is run and can be exported.

Nothing is asked of the answers but that no guard finds anything grave; where the file has an expected answer,
its likeness is measured too. The suite does not stand before production.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, Message, TooLong
from sunmao.core.ids import new_id
from sunmao.core.vertical import find_task
from sunmao.evaluation.models import Origin, Run
from sunmao.evaluation.selectors import EDIT, RUN
from sunmao.evaluation.suites.editing import NewCase, add_cases, create_suite
from sunmao.evaluation.suites.running import start
from sunmao.releases.models import Release

MOST, LIKENESS = 1_000, 0.3
EXPECTED, SLICE, QUESTION = "expected", "slice", "question"


def read(text: str, *, field: str = QUESTION) -> list[NewCase]:
    """JSON lines or CSV with a column `question`, and where there are any `expected` and `slice`; or one
    question a line. `field` is what the task calls its question. Raises `InvalidInput` with line numbers."""
    cases: list[NewCase] = []
    wrong: dict[str, Message] = {}
    for number, row in _rows(text):
        question = row.get(QUESTION, "")
        if not isinstance(question, str) or not question.strip():
            wrong[f"line {number}"] = _("has no question")
            continue
        expected, slice_ = row.get(EXPECTED) or "", row.get(SLICE) or ""
        if not isinstance(expected, str) or not isinstance(slice_, str):
            wrong[f"line {number}"] = _("must be text")
            continue
        checks: list[dict[str, Any]] = [{"kind": "safety"}]
        if expected.strip():
            checks.append({"kind": "similar", "text": expected, "at_least": LIKENESS})
        slices = [slice_.strip()] if slice_.strip() else []
        cases.append(NewCase(data={field: question}, checks=checks, slices=slices, origin=Origin.FILE))
    if wrong:
        shown = dict(list(wrong.items())[:50])
        raise InvalidInput(_("Some lines are no questions."), code="invalid_case", fields=shown)
    if not cases:
        raise InvalidInput(fields={"file": _("is empty")}, code="invalid_case")
    if len(cases) > MOST:
        raise TooLong(_("At most 1,000 questions can be asked at once."), code="too_many_cases")
    return cases


def _rows(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if lines and lines[0][1].lstrip().startswith("{"):
        for number, line in lines:
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            yield number, row if isinstance(row, dict) else {}
    elif lines and _is_head(lines[0][1]):
        reader = csv.DictReader(io.StringIO(text.strip()))
        try:
            for given in reader:
                yield reader.line_num, {str(name).strip().lower(): value for name, value in given.items()}
        except csv.Error:
            yield reader.line_num + 1, {}
    else:
        for number, line in lines:
            yield number, {QUESTION: line}


def _is_head(line: str) -> bool:
    try:
        names = [name.strip().lower() for name in next(csv.reader([line]))]
    except csv.Error:
        return False
    return QUESTION in names


@transaction.atomic
def ask_many(*, actor: Actor, title: str, release: Release, text: str) -> Run:
    """Have every question of the file answered by this release; a job."""
    actor.require(EDIT)
    actor.require(RUN)
    _vertical, task = find_task(release.task_name)
    cases = read(text, field=task.screened)
    with tenancy.scope(actor.organisation_id):
        suite = create_suite(
            actor=actor,
            slug=f"questions-{new_id().hex[-12:]}",
            title=title,
            task_name=release.task_name,
            limits={"pass_rate": 0, "regressions": 0},
            gates=False,
        )
        add_cases(actor=actor, suite=suite, cases=cases)
        return start(actor=actor, suite=suite, release=release)


__all__ = ["ask_many", "read"]
