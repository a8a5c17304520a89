"""The job `evaluation.try_prompt`: cell after cell; a worker that dies is followed by one that goes on."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models.functions import Now

from sunmao.accounts import quotas
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.errors import SunmaoError
from sunmao.core.ids import reference
from sunmao.evaluation.playground.trying import Tried, attempt
from sunmao.guards.personal.selectors import policy_for
from sunmao.inference.engine import Image
from sunmao.inference.registry import engine as engine_named
from sunmao.jobs.lease import Lease
from sunmao.jobs.services import in_every_language
from sunmao.prompts.checking import check, passes
from sunmao.prompts.models import CellState, PlaygroundCell, PlaygroundRun
from sunmao.prompts.source import PromptSource, read, typed_values

LOOK_SECONDS = 1.0


def work(lease: Lease) -> dict[str, Any]:
    """Its subject is the run."""
    with tenancy.scope(lease.organisation_id):
        run = PlaygroundRun.objects.select_related("prompt").get(pk=reference(lease.subject_id))
        cells = list(run.cells.select_related("version", "case"))
        inputs, images = dict(run.inputs), _images(run)
    for done, cell in enumerate(cells):
        lease.progress(done, len(cells))
        if cell.state == CellState.WAITING:
            _fill(lease, run, cell, inputs, images)
    return _finish(lease, run, cells)


def _images(run: PlaygroundRun) -> list[Image]:
    return [Image(base64.b64decode(one["data"]), one["media_type"]) for one in run.images.values()]


def _fill(
    lease: Lease, run: PlaygroundRun, cell: PlaygroundCell, inputs: Mapping[str, str], images: list[Image]
) -> None:
    try:
        with tenancy.scope(lease.organisation_id):
            source = read(cell.version.source if cell.version else str(cell.source))
            values = typed_values(source, _own(source, cell.case.inputs if cell.case else inputs))
        tried = _tried(lease, run, cell, source, values, images)
    except SunmaoError as error:
        cell.state = CellState.FAILED
        cell.error = {"code": error.code, "texts": in_every_language(error.message)}
    else:
        _take(cell, tried)
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        cell.save()


def _own(source: PromptSource, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in source.variables}


def _tried(
    lease: Lease,
    run: PlaygroundRun,
    cell: PlaygroundCell,
    source: PromptSource,
    values: Mapping[str, str],
    images: list[Image],
) -> Tried:
    writer = engine_named(cell.engine)
    cell.model = writer.model[:200]
    with tenancy.scope(lease.organisation_id):
        policy = policy_for(place="question", vertical="")
    return attempt(
        engine=writer,
        source=source,
        values=values,
        policy=policy,
        images=images if source.images else (),
        adapter=cell.adapter,
        stopped=_stop_check(lease),
        **run.settings,
    )


def _take(cell: PlaygroundCell, tried: Tried) -> None:
    results = check(tried.text, cell.case.checks) if cell.case else []
    cell.state, cell.text = CellState.DONE, tried.text
    cell.passed = passes(results) if results else None
    cell.told = {
        "checks": [one.as_dict() for one in results],
        "remarks": tried.remarks,
        "facts": [fact.line() for fact in tried.computed.facts],
        "notes": tried.notes,
        "reason": tried.reason,
    }
    cell.calls, cell.prompt_tokens, cell.tokens = tried.calls, tried.prompt_tokens, tried.tokens
    cell.milliseconds, cell.cost = round(tried.seconds * 1000, 1), tried.cost


def _stop_check(lease: Lease) -> Callable[[], bool]:
    """Whether the job was taken away, asked once a second at most: an engine asks after every token."""
    asked, lost = time.monotonic(), False

    def stopped() -> bool:
        nonlocal asked, lost
        if not lost and time.monotonic() - asked > LOOK_SECONDS:
            asked, lost = time.monotonic(), not lease.renew()
        return lost

    return stopped


def _finish(lease: Lease, run: PlaygroundRun, cells: list[PlaygroundCell]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "run": str(run.pk),
        "answers": sum(cell.state == CellState.DONE for cell in cells),
        "failed": sum(cell.state == CellState.FAILED for cell in cells),
        "passed": sum(cell.passed is True for cell in cells),
    }
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        tokens = sum(cell.prompt_tokens + cell.tokens for cell in cells)
        quotas.settle(work_id=run.pk, tokens=tokens)
        run.finished_at = Now()
        run.save(update_fields=["finished_at"])
        audit.record(actor=lease.worker, verb="prompt.try_finished", subject=run, **result)
        lease.succeed(result)
    return result


__all__ = ["work"]
