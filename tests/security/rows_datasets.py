"""Data sets, through the API and in the console."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from sunmao.accounts import services as accounts
from sunmao.accounts.models import Organisation
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.ids import new_id
from sunmao.jobs.tasks import run
from sunmao.training.datasets import editing, steps
from sunmao.training.datasets.models import DataSet, Step, Version
from sunmao.training.datasets.selectors import rows_of
from tests.security.matrix import Row, Target, delete, get, post, post_json, send_json
from tests.security.rows_console import Model

V1, ONE = "api/v1/datasets", "api/v1/datasets/{dataset}"
READ, EDIT, ANNOTATE, APPROVE = (f"datasets.set.{what}" for what in ("read", "edit", "annotate", "approve"))
ASK = "answering.task.run"
LABELS = ("refund", "delivery", "warranty")


def datasets_of(organisation: Organisation) -> dict[str, object]:
    """A draft that is ready to be frozen, a set with a frozen version, and one whose step is done."""
    system = accounts.system_actor(organisation)
    open_, frozen = (_set(system, f"{name}-{organisation.slug}") for name in ("intents", "frozen"))
    step = [_done(system, one, kind) for one in (open_, frozen) for kind in ("mask", "check")][0]
    with tenancy.scope(organisation.pk):
        version, other = (Version.objects.get(dataset=one) for one in (open_, frozen))
        row = rows_of(version)[0]
    other = editing.freeze(actor=system, version=other)
    return {
        "dataset": open_.slug,
        "dataset_id": open_.pk,
        "frozen_set": frozen.slug,
        "dataset_version": version.pk,
        "frozen_version": other.pk,
        "row": row.pk,
        "step": step.pk,
    }


def _set(system: Actor, slug: str) -> DataSet:
    made = editing.create(actor=system, slug=slug, title=slug, kind="classification")
    examples = [
        {"text": f"{label} {new_id().hex} {n}", "label": label} for label in LABELS for n in range(15)
    ]
    editing.add(actor=system, dataset=made, examples=examples)
    return made


def _done(system: Actor, dataset: DataSet, kind: str) -> Step:
    step = steps.start(actor=system, dataset=dataset, kind=kind)
    assert step.job is not None
    run(str(system.organisation_id), str(step.job.pk))
    return step


def _file(_: Target) -> dict[str, object]:
    return {"file": SimpleUploadedFile("more.jsonl", b'{"text": "one more", "label": "refund"}\n')}


_SET, _VERSION = f"{V1}/<str:slug>", f"{V1}/<str:slug>/versions/<int:number>"
_CONSENT = "api/v1/conversations/<str:conversation_id>/training-consent"
_PAGE, _OWN = "console/datasets/dataset/<uuid:object_id>", "console/datasets/dataset/{dataset_id}"

DATASETS = (
    Row(route=V1, method="GET", needs=READ, gives=200, send=get(V1)),
    Row(route=V1, method="POST", needs=EDIT, gives=201, writes=("dataset.created",),
        send=post_json(V1, lambda _: {"slug": "another", "title": "Another", "kind": "chat"})),
    Row(route=_SET, method="GET", needs=READ, gives=200, names="house", send=get(ONE)),
    Row(route=_SET, method="PATCH", needs=EDIT, gives=200, names="house", writes=("dataset.changed",),
        send=send_json("PATCH", ONE, lambda _: {"title": "Other"})),
    Row(route=f"{_SET}/examples", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{ONE}/examples")),
    Row(route=f"{_SET}/examples", method="POST", needs=EDIT, gives=201, names="house",
        writes=("dataset.examples_added",),
        send=post_json(f"{ONE}/examples", lambda _: {"examples": [{"text": "why", "label": "why"}]})),
    Row(route=f"{_SET}/queue", method="GET", needs=ANNOTATE, gives=200, names="house",
        send=get(f"{ONE}/queue")),
    Row(route=f"{_SET}/steps", method="GET", needs=READ, gives=200, names="house", send=get(f"{ONE}/steps")),
    Row(route=f"{_SET}/steps", method="POST", needs=EDIT, gives=202, names="house",
        writes=("dataset.step_requested",), send=post_json(f"{ONE}/steps", lambda _: {"step": "clean"})),
    Row(route=f"{_SET}/import", method="POST", needs=EDIT, gives=202, names="house",
        writes=("dataset.step_requested",), send=post(f"{ONE}/import", _file)),
    Row(route=f"{_SET}/import/preview", method="POST", needs=EDIT, gives=200, names="house",
        silent="a look changes nothing", send=post(f"{ONE}/import/preview", _file)),
    Row(route=f"{_SET}/difference", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{ONE}/difference")),
    Row(route=f"{_SET}/versions", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{ONE}/versions")),
    Row(route=_VERSION, method="GET", needs=READ, gives=200, names="house", send=get(f"{ONE}/versions/1")),
    Row(route=f"{_VERSION}/statistics", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{ONE}/versions/1/statistics")),
    Row(route=f"{_VERSION}/removed", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{ONE}/versions/1/removed")),
    Row(route=f"{_VERSION}/freeze", method="POST", needs=EDIT, gives=200, names="house",
        writes=("dataset.frozen",), send=post_json(f"{ONE}/versions/1/freeze", lambda _: {})),
    Row(route=f"{_VERSION}/approval", method="POST", needs=APPROVE, gives=200, names="house",
        writes=("dataset.approved",),
        send=post_json(f"{V1}/{{frozen_set}}/versions/1/approval", lambda _: {"verdict": "approved"})),
    Row(route=f"{_VERSION}/retirement", method="POST", needs=EDIT, gives=200, names="house",
        writes=("dataset.retired",), send=post(f"{V1}/{{frozen_set}}/versions/1/retirement")),
    Row(route=f"{_VERSION}/restoration", method="POST", needs=EDIT, gives=200, names="house",
        writes=("dataset.restored",), send=post(f"{ONE}/versions/1/restoration")),
    Row(route=f"{_VERSION}/export", method="POST", needs=EDIT, gives=200, names="house",
        writes=("dataset.exported",), send=post_json(f"{ONE}/versions/1/export", lambda _: {})),
    Row(route=f"{V1}/examples/<str:row_id>", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{V1}/examples/{{row}}")),
    Row(route=f"{V1}/examples/<str:row_id>", method="PUT", needs=EDIT, gives=200, names="house",
        writes=("dataset.example_changed",),
        send=send_json("PUT", f"{V1}/examples/{{row}}", lambda _: {
            "data": {"text": "in other words", "label": "refund"}})),
    Row(route=f"{V1}/examples/<str:row_id>", method="DELETE", needs=EDIT, gives=204, names="house",
        writes=("dataset.example_ended",), send=delete(f"{V1}/examples/{{row}}")),
    Row(route=f"{V1}/examples/<str:row_id>/annotation", method="POST", needs=ANNOTATE, gives=201,
        names="house", writes=("dataset.example_annotated",),
        send=post_json(f"{V1}/examples/{{row}}/annotation", lambda _: {"verdict": "accepted"})),
    Row(route=f"{V1}/steps/<str:step_id>", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{V1}/steps/{{step}}")),
    Row(route=_CONSENT, method="PUT", needs=ASK, gives=200, names="own", writes=("training_consent.given",),
        send=send_json("PUT", "api/v1/conversations/{conversation}/training-consent", lambda _: {})),
    Row(route=_CONSENT, method="DELETE", needs=ASK, gives=200, names="own",
        silent="there is no consent to take back",
        send=delete("api/v1/conversations/{conversation}/training-consent")),
    Row(route="console/datasets/dataset/", method="POST", needs=READ, gives=302,
        silent="whoever may only read is told so; whoever may edit makes a set in tests of the page",
        send=post("console/datasets/dataset/", lambda _: {"create": "1"})),
    Row(route=f"{_PAGE}/annotate/", method="GET", needs=ANNOTATE, gives=200, names="house",
        send=get(f"{_OWN}/annotate/")),
    Row(route=f"{_PAGE}/annotate/", method="POST", needs=ANNOTATE, gives=302, names="house",
        writes=("dataset.example_annotated",),
        send=post(f"{_OWN}/annotate/", lambda target: {
            "row": str(target.others["row"]), "verdict": "accepted"})),
    Row(route=f"{_PAGE}/import/", method="GET", needs=EDIT, gives=200, names="house",
        send=get(f"{_OWN}/import/")),
    Row(route=f"{_PAGE}/import/", method="POST", needs=EDIT, gives=302, names="house",
        writes=("dataset.step_requested",),
        send=post(f"{_OWN}/import/", lambda target: {**_file(target), "import": "1"})),
    Row(route="console/datasets/version/<uuid:object_id>/export/", method="POST", needs=EDIT, gives=200,
        names="house", writes=("dataset.exported",),
        send=post("console/datasets/version/{dataset_version}/export/", lambda _: {"format": "jsonl"})),
)  # fmt: skip

MODELS_OF_DATASETS = {
    "datasets/dataset": Model(READ, "{dataset_id}"),
    "datasets/version": Model(READ, "{dataset_version}"),
    "datasets/row": Model(READ, "{row}"),
}
