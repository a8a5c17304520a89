"""Asking for what is done to a whole draft. The work is a job (`working`); what was asked stays as a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import files, tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, TooLong
from sunmao.core.resolving import visible
from sunmao.evaluation.selectors import EDIT as EDIT_SUITES
from sunmao.inference.registry import DEFAULT, ENGINES
from sunmao.jobs import services as jobs
from sunmao.knowledge.pins import existing_version
from sunmao.knowledge.text.decode import decode
from sunmao.training.datasets import cleaning, formats, labelling, leaking, question_types, splitting
from sunmao.training.datasets.examples import Kind
from sunmao.training.datasets.formats import FORMATS, Material
from sunmao.training.datasets.gathering import SOURCES
from sunmao.training.datasets.keeping import draft_of, refuse_while_busy
from sunmao.training.datasets.models import DataSet, Step, StepKind
from sunmao.training.datasets.selectors import EDIT

MOST_QUESTIONS = 2_000
LEAKS_ARE = ("told", "joined", "removed")


def start(*, actor: Actor, dataset: DataSet, kind: str, settings: Mapping[str, Any] | None = None) -> Step:
    """One of clean, mask, label, split, check, gather, generate. Its figures stand in the step once done."""
    actor.require(EDIT)
    if kind not in CHECKED:
        raise InvalidInput(fields={"step": _("is no step of a data set")})
    return _ask(actor, dataset, StepKind(kind), CHECKED[kind](actor, dict(settings or {})))


def import_file(
    *,
    actor: Actor,
    dataset: DataSet,
    chunks: Iterable[bytes],
    name: str = "",
    layout: str = "auto",
    columns: Mapping[str, str] | None = None,
) -> Step:
    """The file is kept until it was read; all of it becomes examples, or nothing."""
    actor.require(EDIT)
    asked = _columns(layout, columns or {})
    stored = files.store(
        organisation_id=actor.organisation_id, chunks=chunks, limit=settings.SUNMAO_MAX_UPLOAD
    )
    return _ask(actor, dataset, StepKind.IMPORT, {**asked, "name": name[:200]}, file=stored.sha256)


def preview(
    *,
    dataset: DataSet,
    actor: Actor,
    content: bytes,
    layout: str = "auto",
    columns: Mapping[str, str] | None = None,
) -> Material:
    """What an import would read, with every line that is wrong. Nothing is kept."""
    actor.require(EDIT)
    asked = _columns(layout, columns or {})
    if len(content) > settings.SUNMAO_MAX_UPLOAD:
        raise TooLong(code="file_too_large")
    text = decode(content).text
    return formats.read(text, kind=Kind(dataset.kind), layout=asked["format"], columns=asked["columns"])


def _columns(layout: str, columns: Mapping[str, str]) -> dict[str, Any]:
    if layout not in FORMATS:
        raise InvalidInput(fields={"format": _("is no format that can be read")})
    pairs = list(columns.items()) if isinstance(columns, Mapping) else [("", 0)]
    if len(pairs) > 20 or not all(isinstance(a, str) and isinstance(b, str) and b for a, b in pairs):
        raise InvalidInput(fields={"columns": _("must map fields to names")})
    return {"format": layout, "columns": dict(columns)}


@transaction.atomic
def _ask(actor: Actor, dataset: DataSet, kind: StepKind, asked: dict[str, Any], *, file: str = "") -> Step:
    with tenancy.scope(actor.organisation_id):
        version = draft_of(actor=actor, dataset=dataset)
        refuse_while_busy(version)
        step = Step.objects.create(version=version, kind=kind, settings=asked, file=file, made_by=actor.id)
        step.job = jobs.enqueue(actor=actor, kind=f"datasets.{kind}", subject_id=step.pk)
        step.save(update_fields=["job"])
        audit.record(
            actor=actor,
            verb="dataset.step_requested",
            subject=step,
            slug=dataset.slug,
            version=version.number,
            step=str(kind),
        )
    return step


def _only(given: Mapping[str, Any], *names: str) -> None:
    if wrong := {name: _("is no setting of this step") for name in given if name not in names}:
        raise InvalidInput(fields=wrong)


def _clean(actor: Actor, given: dict[str, Any]) -> dict[str, Any]:
    return cleaning.checked_settings(given)


def _mask(actor: Actor, given: dict[str, Any]) -> dict[str, Any]:
    _only(given)
    return {}


def _label(actor: Actor, given: dict[str, Any]) -> dict[str, Any]:
    _only(given, "functions", "adopt")
    labelling.checked(given.get("functions"))
    adopt = given.get("adopt")
    if adopt is not None and (
        isinstance(adopt, bool) or not isinstance(adopt, int | float) or not 0.5 <= adopt <= 1
    ):
        raise InvalidInput(fields={"adopt": _("must be a number from 0.5 to 1, or null")})
    return {"functions": given["functions"], "adopt": adopt}


def _split(actor: Actor, given: dict[str, Any]) -> dict[str, Any]:
    return splitting.checked_settings(given)


def _check(actor: Actor, given: dict[str, Any]) -> dict[str, Any]:
    """`leaks` says what becomes of those found: told, joined (into the part of the other), or removed."""
    _only(given, "leaks", "near")
    leaks, near = given.get("leaks", "told"), given.get("near", leaking.LIKE)
    if leaks not in LEAKS_ARE:
        raise InvalidInput(fields={"leaks": _("must be told, joined or removed")})
    if isinstance(near, bool) or not isinstance(near, int | float) or not 0.3 <= near <= 1:
        raise InvalidInput(fields={"near": _("must be a number from 0.3 to 1")})
    return {"leaks": leaks, "near": near}


def _gather(actor: Actor, given: dict[str, Any]) -> dict[str, Any]:
    """`take_over` ends the cases that corrections were: one learns from an answer or measures with it."""
    _only(given, "source", "take_over")
    if given.get("source") not in SOURCES:
        raise InvalidInput(fields={"source": _("must be conversations, corrections or rewrites")})
    take_over = given.get("take_over", False)
    if not isinstance(take_over, bool):
        raise InvalidInput(fields={"take_over": _("must be true or false")})
    if take_over:
        actor.require(EDIT_SUITES)
    return {"source": given["source"], "take_over": take_over}


def _generate(actor: Actor, given: dict[str, Any]) -> dict[str, Any]:
    _only(given, "base", "version", "count", "seed", "engine", "types", "verify")
    count, seed, engine = given.get("count", 200), given.get("seed", 1), given.get("engine", "")
    if isinstance(count, bool) or not isinstance(count, int) or not 0 < count <= MOST_QUESTIONS:
        raise InvalidInput(fields={"count": _("must be a number from 1 to 2,000")})
    if isinstance(seed, bool) or not isinstance(seed, int) or abs(seed) > 2**31:
        raise InvalidInput(fields={"seed": _("must be a whole number")})
    if engine not in ("", DEFAULT, *ENGINES):
        raise InvalidInput(fields={"engine": _("is no engine")}, code="unknown_engine")
    if not isinstance(given.get("verify", True), bool):
        raise InvalidInput(fields={"verify": _("must be true or false")})
    version = given.get("version")
    if version is not None and (isinstance(version, bool) or not isinstance(version, int)):
        raise InvalidInput(fields={"version": _("must be a whole number")})
    actor.require("knowledge.passage.read")
    with tenancy.scope(actor.organisation_id):
        base = visible(actor, "base", str(given.get("base", "")))
        pinned = base.version if version is None else existing_version(base, version)
    return {
        "base": base.slug,
        "version": pinned,
        "count": count,
        "seed": seed,
        "engine": engine,
        "types": question_types.checked(given.get("types")).as_dict(),
        "verify": given.get("verify", True),
    }


CHECKED: Mapping[str, Callable[[Actor, dict[str, Any]], dict[str, Any]]] = {
    "clean": _clean,
    "mask": _mask,
    "label": _label,
    "split": _split,
    "check": _check,
    "gather": _gather,
    "generate": _generate,
}

__all__ = ["CHECKED", "import_file", "preview", "start"]
