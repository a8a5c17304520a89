"""The jobs behind the steps: read, compute without holding anything, then write all of it in one transaction.

What people changed while a step was computing stays as they left it; the step says how many that were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db.models.functions import Now

from sunmao.audit import services as audit
from sunmao.core import files, tenancy
from sunmao.core.errors import InvalidInput, SunmaoError
from sunmao.core.ids import reference
from sunmao.evaluation.models import Case
from sunmao.evaluation.suites.editing import end_case
from sunmao.guards.injection.detect import inspect
from sunmao.guards.personal.masking import protect
from sunmao.guards.personal.policy import Policy
from sunmao.guards.personal.selectors import policy_for
from sunmao.guards.policy import policy as guard_policy
from sunmao.inference.registry import engine as engine_named
from sunmao.jobs.lease import Lease
from sunmao.jobs.services import in_every_language
from sunmao.knowledge.selectors import visible_base
from sunmao.knowledge.text.decode import decode
from sunmao.knowledge.text.language import language_of
from sunmao.training.datasets import cleaning, formats, labelling, leaking, question_types, questioning
from sunmao.training.datasets.content import asked, rewritten, texts_of
from sunmao.training.datasets.examples import Kind, Part
from sunmao.training.datasets.formats import Material
from sunmao.training.datasets.gathering import gathered
from sunmao.training.datasets.keeping import (
    NewExample,
    change_data,
    locked_draft,
    put,
    remove,
    rewrite,
    seal,
)
from sunmao.training.datasets.models import Origin, Review, Row, Step, StepKind, Version
from sunmao.training.datasets.selectors import rows_of
from sunmao.training.datasets.splitting import part_of

EVERY = 500
Write = Callable[[Version], dict[str, Any]]
T = TypeVar("T")


def work(lease: Lease) -> dict[str, Any]:
    """The jobs `datasets.*`: the subject is the step."""
    with tenancy.scope(lease.organisation_id):
        step = Step.objects.select_related("version__dataset").get(pk=reference(lease.subject_id))
    try:
        write = HANDLERS[StepKind(step.kind)](lease, step)
        return _finish(lease, step, write)
    except InvalidInput as error:
        _keep_reasons(lease, step, error)
        raise


def _finish(lease: Lease, step: Step, write: Write) -> dict[str, Any]:
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        version = locked_draft(step.version)
        step.found, step.finished_at = write(version), Now()
        step.save(update_fields=["found", "finished_at"])
        audit.record(
            actor=lease.worker,
            verb="dataset.step_finished",
            subject=step,
            slug=version.dataset.slug,
            version=version.number,
            step=step.kind,
        )
        result = {"step": str(step.pk), **_short(step.found)}
        lease.succeed(result)
    return result


def _short(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if isinstance(value, int | float | str)}


def _keep_reasons(lease: Lease, step: Step, error: SunmaoError) -> None:
    """A job keeps one sentence; which lines were wrong stands in the step."""
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        wrong = {name: in_every_language(text) for name, text in error.fields.items()}
        Step.objects.filter(pk=step.pk).update(found={"code": error.code, "wrong": wrong}, file="")


def _followed(lease: Lease, items: Sequence[T]) -> Iterator[tuple[int, T]]:
    for done, one in enumerate(items):
        if done % EVERY == 0:
            lease.progress(done, len(items))
        yield done, one


def _rows(lease: Lease, step: Step) -> list[Row]:
    with tenancy.scope(lease.organisation_id):
        return list(rows_of(step.version))


def _unchanged(rows: Iterable[Row]) -> set[UUID]:
    """Those that are as they were when they were read."""
    before = {row.pk: (row.digest, row.review) for row in rows}
    now = Row.objects.filter(pk__in=before, died__isnull=True).values_list("pk", "digest", "review")
    return {pk for pk, digest, review in now if before[pk] == (digest, review)}


def _import(lease: Lease, step: Step) -> Write:
    if not step.file:
        raise InvalidInput(code=step.found.get("code") or "no_examples")
    content = files.read(organisation_id=lease.organisation_id, sha256=step.file)
    kind, asked_ = Kind(step.version.dataset.kind), step.settings
    material = formats.read(
        decode(content).text, kind=kind, layout=asked_["format"], columns=asked_["columns"]
    ).refuse_wrong()
    lease.progress(0, len(material.entries))

    def write(version: Version) -> dict[str, Any]:
        put(version, _new(material, step))
        step.file = ""
        step.save(update_fields=["file"])
        return {
            "added": len(material.entries),
            "format": material.format,
            "remarks": material.remarks,
        }

    return write


def _new(material: Material, step: Step) -> Iterator[NewExample]:
    for one in material.entries:
        yield NewExample(
            data=one.data,
            origin=Origin.FILE,
            group=one.group,
            source={"file": step.settings["name"], "sha256": step.file, "line": one.line},
        )


def _gather(lease: Lease, step: Step) -> Write:
    def write(version: Version) -> dict[str, Any]:
        told = gathered(version, step.settings["source"])
        found = told.examples
        put(version, found)
        ended = 0
        if step.settings["take_over"]:
            cases = Case.objects.filter(
                pk__in=[one.source.get("case") for one in found if "case" in one.source]
            )
            for case in cases.filter(died__isnull=True).select_related("suite"):
                end_case(actor=lease.worker, case=case)
                ended += 1
        return {"added": len(found), "cases_ended": ended, "without_consent": told.without_consent}

    return write


def _generate(lease: Lease, step: Step) -> Write:
    asked_, kind, told = step.settings, Kind(step.version.dataset.kind), questioning.Told()
    engine = engine_named(asked_["engine"]) if asked_["engine"] else None
    with tenancy.scope(lease.organisation_id):
        base = visible_base(actor=lease.worker, slug=asked_["base"])
        passages = questioning.passages_of(
            base, version=asked_["version"], count=asked_["count"], seed=asked_["seed"]
        )
    types = question_types.checked(asked_["types"])
    found: list[NewExample] = []
    for done, one in enumerate(
        questioning.made(passages, types=types, seed=asked_["seed"], engine=engine, told=told)
    ):
        if engine is not None or done % 20 == 0:
            lease.progress(done, len(passages))
        with tenancy.scope(lease.organisation_id):
            data = questioning.example_of(
                kind,
                one,
                actor=lease.worker,
                base=base,
                version=asked_["version"],
                told=told,
                verify=asked_["verify"],
            )
        if data is not None:
            found.append(
                NewExample(
                    data=data,
                    origin=Origin.KNOWLEDGE,
                    group=str(one.passage.document_id),
                    source={
                        "base": base.slug,
                        "version": asked_["version"],
                        "passage": str(one.passage.pk),
                        "document": one.passage.document.name,
                        "user": one.user,
                        "type": one.type,
                        "engine": engine.model if engine else "templates",
                    },
                )
            )

    def write(version: Version) -> dict[str, Any]:
        put(version, found)
        kinds = Counter(f"{one.source['user']} · {one.source['type']}" for one in found)
        return {
            "added": len(found),
            "passages": len(passages),
            "left_out": dict(sorted(told.left_out.items())),
            "types": dict(sorted(kinds.items())),
        }

    return write


def _clean(lease: Lease, step: Step) -> Write:
    kind, rows = Kind(step.version.dataset.kind), _rows(lease, step)
    lease.progress(0, len(rows))
    found = cleaning.clean(kind, [row.data for row in rows], step.settings)

    def write(version: Version) -> dict[str, Any]:
        same, split = _unchanged(rows), version.settings["split"]
        changed = []
        for place, data in found.changed.items():
            if rows[place].pk in same:
                change_data(rows[place], kind, data, split)
                changed.append(rows[place])
        gone = [
            (rows[place], rule, rows[twin].pk if twin is not None else None)
            for place, rule, twin in found.removed
            if rows[place].pk in same
        ]
        removed = remove(version, step, gone)
        rewrite(version, changed)
        return {
            "read": len(rows),
            "changed": len(changed),
            "removed": removed,
            "rules": found.counts,
            "left_alone": len(rows) - len(same),
        }

    return write


def masked_by(vertical: str) -> Policy:
    """What the organisation takes out of questions goes here too, for good: the placeholders' meaning is not
    kept. Numbered ones, so that two people in one example stay two."""
    known = policy_for(place="question", vertical=vertical)
    return Policy(dict.fromkeys(known.modes, "surrogate"), "off", known.allowed)


def _mask(lease: Lease, step: Step) -> Write:
    kind, rows = Kind(step.version.dataset.kind), _rows(lease, step)
    with tenancy.scope(lease.organisation_id):
        policy = masked_by(step.version.dataset.vertical)
    limit = guard_policy().flag
    found, masked, suspects = Counter[str](), dict[int, dict[str, Any]](), dict[int, float]()
    for place, row in _followed(lease, rows):
        if row.masked:
            continue
        masked[place] = _masked(kind, row.data, policy, found)
        score = max(inspect(text, origin="question").score for text in texts_of(kind, row.data))
        if score >= limit:
            suspects[place] = round(score, 3)

    def write(version: Version) -> dict[str, Any]:
        same, split, written, hidden = _unchanged(rows), version.settings["split"], [], 0
        for place, data in masked.items():
            row = rows[place]
            if row.pk not in same:
                continue
            if data != row.data:
                hidden += 1
                change_data(row, kind, data, split)
            if place in suspects:
                row.source = {**row.source, "suspicion": suspects[place]}
            row.masked = True
            written.append(row)
        rewrite(version, written)
        return {
            "read": len(masked),
            "changed": hidden,
            "kinds": dict(sorted(found.items())),
            "suspicious": len(suspects),
            "left_alone": len([place for place in masked if rows[place].pk not in same]),
        }

    return write


def _masked(kind: Kind, data: Mapping[str, Any], policy: Policy, found: Counter[str]) -> dict[str, Any]:
    surrogates: dict[str, str] = {}

    def hide(text: str) -> str:
        done = protect(text, policy=policy, language=language_of(text), surrogates=surrogates)
        surrogates.update(done.surrogates)
        found.update(done.counts)
        return done.text

    return rewritten(kind, data, hide)


def _label(lease: Lease, step: Step) -> Write:
    kind, rows = Kind(step.version.dataset.kind), _rows(lease, step)
    functions = labelling.checked(step.settings["functions"])
    gold = _gold(kind, rows)
    open_ = [row for row in rows if row.review == Review.WAITING]
    lease.progress(0, len(open_))
    told = labelling.label([_read(kind, row.data) for row in open_], functions, gold)
    adopt = step.settings["adopt"]

    def write(version: Version) -> dict[str, Any]:
        same, split, written, adopted = _unchanged(open_), version.settings["split"], [], 0
        for row, said in zip(open_, told.labels, strict=True):
            if row.pk not in same or (said is None and not row.weak):
                continue
            row.weak = _weak(said)
            sure = adopt is not None and said is not None and said[0] and said[1] >= adopt
            if sure and said and kind == Kind.CLASSIFICATION and not row.data["label"]:
                was_masked = row.masked
                change_data(row, kind, {**row.data, "label": said[0]}, split)
                row.masked = was_masked
                row.weak = {**row.weak, "adopted": True}
                adopted += 1
            written.append(row)
        rewrite(version, written)
        return {**told.figures, "gold": len(gold), "adopted": adopted}

    return write


def _weak(said: tuple[str, float, bool, Mapping[str, str]] | None) -> dict[str, Any]:
    if said is None:
        return {}
    label, sure, conflict, votes = said
    return {"label": label, "confidence": sure, "conflict": conflict, "votes": dict(votes)}


def _read(kind: Kind, data: Mapping[str, Any]) -> str:
    """What a labelling function looks at."""
    return "\n".join(asked(kind, data) if kind == Kind.CLASSIFICATION else texts_of(kind, data))


def _gold(kind: Kind, rows: Iterable[Row]) -> list[tuple[str, str]]:
    """What people have settled; only sets with labels have any."""
    if kind not in (Kind.CLASSIFICATION, Kind.JUDGED):
        return []
    settled = [row for row in rows if row.review in (Review.ACCEPTED, Review.EDITED)]
    said = [
        (_read(kind, row.data), row.data["label"] if kind == Kind.CLASSIFICATION else _word(row.data["good"]))
        for row in settled
    ]
    return [(text, label) for text, label in said if label]


def _word(good: bool) -> str:
    return "good" if good else "bad"


def _split(lease: Lease, step: Step) -> Write:
    def write(version: Version) -> dict[str, Any]:
        version.settings = {**version.settings, "split": dict(step.settings)}
        version.save(update_fields=["settings"])
        moved = []
        for row in rows_of(version):
            part = part_of(row.group, step.settings)
            if part != row.part:
                row.part = part
                moved.append(row)
        rewrite(version, moved)
        parts = Counter(rows_of(version).values_list("part", flat=True))
        empty = [f"empty_{one}" for one in Part if step.settings[one.value] and not parts[one]]
        return {"moved": len(moved), "parts": dict(sorted(parts.items())), "warnings": empty}

    return write


def _check(lease: Lease, step: Step) -> Write:
    kind, near = Kind(step.version.dataset.kind), step.settings["near"]
    rows = _rows(lease, step)
    with tenancy.scope(lease.organisation_id):
        before, suites = seal(step.version), list(leaking.suite_questions())
    lease.progress(0, len(rows))
    by_part = leaking.questions_of(kind, rows)
    between = list(leaking.between_parts(by_part, near))
    outside = list(leaking.against_suites(by_part, suites, near))

    def write(version: Version) -> dict[str, Any]:
        mended = _mended(version, step, rows, between, outside)
        leaks = [] if mended else [*outside, *between]
        sealed = seal(version) if mended or before == seal(version) else ""
        told = leaking.figures(leaks, sealed="" if mended else sealed, near=near)
        version.figures = {**version.figures, "leaks": told}
        version.save(update_fields=["figures"])
        return {
            "read": len(rows),
            "parts": len(between),
            "suites": len(outside),
            "places": dict(sorted(Counter(one.where for one in [*outside, *between]).items())),
            "mended": mended,
            "pairs": [one.as_dict() for one in [*outside, *between][: leaking.MOST_TOLD]],
        }

    return write


def _mended(
    version: Version,
    step: Step,
    rows: Sequence[Row],
    between: Sequence[leaking.Leak],
    outside: Sequence[leaking.Leak],
) -> int:
    """What leaks into a suite is never trained on; what leaks between parts is joined with its twin's group.
    Afterwards it has to be looked for again: a joined group may be like a third one."""
    wish = step.settings["leaks"]
    if wish == "told":
        return 0
    by_id, split = {row.pk: row for row in rows}, version.settings["split"]
    same = _unchanged(rows)
    gone = [(by_id[one.row], "leak_suite", one.other) for one in outside if one.row in same]
    if wish == "removed":
        gone += [(by_id[one.row], "leak_part", one.other) for one in between if one.row in same]
        return remove(version, step, gone)
    count = remove(version, step, gone)
    taken = {row.pk for row, _rule, _other in gone}
    into = _joined(between)
    moved = []
    for row in rows:
        if row.group in into and row.pk in same and row.pk not in taken:
            row.group = into[row.group]
            row.part = part_of(row.group, split)
            moved.append(row)
    rewrite(version, moved)
    return count + len(moved)


def _joined(leaks: Iterable[leaking.Leak]) -> dict[str, str]:
    """Group → the group that it joins, over chains of them."""
    parent: dict[str, str] = {}

    def root(group: str) -> str:
        while parent.get(group, group) != group:
            group = parent[group]
        return group

    for one in leaks:
        mine, other = root(one.group), root(one.other_group)
        if mine != other:
            parent[mine] = other
    return {group: root(group) for group in parent}


HANDLERS: Mapping[StepKind, Callable[[Lease, Step], Write]] = {
    StepKind.IMPORT: _import,
    StepKind.GATHER: _gather,
    StepKind.GENERATE: _generate,
    StepKind.CLEAN: _clean,
    StepKind.MASK: _mask,
    StepKind.LABEL: _label,
    StepKind.SPLIT: _split,
    StepKind.CHECK: _check,
}

__all__ = ["HANDLERS", "masked_by", "work"]
