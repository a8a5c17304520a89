"""An evaluation leaves the house as a file, and the audit log says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, InvalidInput
from sunmao.evaluation.models import Run
from sunmao.evaluation.reporting import pages, tables
from sunmao.evaluation.reporting.content import Report, report_of
from sunmao.evaluation.selectors import READ

Writer = Callable[[Report, str], bytes]
FORMATS: Mapping[str, tuple[str, Writer]] = {
    "csv": ("text/csv; charset=utf-8", tables.as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", tables.as_xlsx),
    "json": ("application/json", tables.as_json),
    "html": ("text/html; charset=utf-8", pages.as_html),
    "pdf": ("application/pdf", pages.as_pdf),
}


@dataclass(frozen=True)
class Download:
    name: str
    type: str
    data: bytes


@transaction.atomic
def export(*, actor: Actor, run: Run, format_: str) -> Download:
    """In the language of whoever asks for it."""
    actor.require(READ)
    if format_ not in FORMATS:
        raise InvalidInput(fields={"format": _("must be csv, xlsx, json, html or pdf")})
    kind, write = FORMATS[format_]
    with tenancy.scope(actor.organisation_id), translation.override(actor.language):
        if run.finished_at is None:
            raise Conflict(_("This evaluation has not finished."), code="evaluation_not_finished")
        data = write(report_of(run), actor.language[:2])
        audit.record(
            actor=actor,
            verb="evaluation.exported",
            subject=run,
            suite=run.suite.slug,
            format=format_,
            cases=run.figures.get("cases", 0),
        )
    return Download(f"{run.suite.slug}-{run.release.number}.{format_}", kind, data)


__all__ = ["FORMATS", "Download", "export"]
