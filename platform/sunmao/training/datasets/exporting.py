"""A version as a file that an import reads again: JSON lines, or a table for the kinds that are flat."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput
from sunmao.training.datasets.content import FIELDS
from sunmao.training.datasets.examples import Kind
from sunmao.training.datasets.models import Row, Version
from sunmao.training.datasets.selectors import EDIT, rows_of

FLAT = (Kind.CLASSIFICATION, Kind.RETRIEVAL)
FORMATS = ("jsonl", "csv")


@transaction.atomic
def export(*, actor: Actor, version: Version, layout: str = "jsonl", part: str = "") -> str:
    """All of it at once, and an audit entry: examples leave the house."""
    actor.require(EDIT)
    kind = Kind(version.dataset.kind)
    if layout not in FORMATS or (layout == "csv" and kind not in FLAT):
        raise InvalidInput(fields={"format": _("cannot hold examples of this kind")})
    with tenancy.scope(actor.organisation_id):
        rows = rows_of(version).filter(part=part) if part else rows_of(version)
        text = _table(kind, rows.iterator(500)) if layout == "csv" else "".join(_lines(rows.iterator(500)))
        audit.record(
            actor=actor,
            verb="dataset.exported",
            subject=version,
            slug=version.dataset.slug,
            version=version.number,
            format=layout,
            part=part,
        )
    return text


def _lines(rows: Iterator[Row]) -> Iterator[str]:
    for row in rows:
        yield json.dumps({**row.data, "group": row.group}, ensure_ascii=False, sort_keys=True) + "\n"


def _table(kind: Kind, rows: Iterator[Row]) -> str:
    names = [*FIELDS[kind], "group"]
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        data: dict[str, Any] = {**row.data, "group": row.group}
        if "negatives" in data:
            data["negatives"] = "|||".join(data["negatives"])
        writer.writerow([_harmless(str(data[name])) for name in names])
    return made.getvalue()


def _harmless(cell: str) -> str:
    """No spreadsheet takes it for a formula; `formats` takes the mark away again."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


__all__ = ["FORMATS", "export"]
