"""Heads of an organisation: trained by a job, put to use, taken back, and asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sunmao.core import tenancy
from sunmao.core.errors import Forbidden, InvalidInput, TooLong
from sunmao.core.ids import new_id
from sunmao.inference.heads import working
from sunmao.inference.heads.classifying import classify
from sunmao.jobs.models import Job, JobState
from sunmao.modelhub.heads import presenting, selectors, services
from sunmao.modelhub.heads.errors import HeadConflict, UnknownHead
from sunmao.modelhub.heads.models import HeadState, HeadVersion
from sunmao.training.heads import keeping
from sunmao.training.heads.wishes import Wish
from tests.fixtures.cast import Cast
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.state import files_of, state_of, verbs_of

TRAIN = (
    b"text,label\nwhere is my parcel,track\ntrack my parcel,track\nthe parcel is late,track\n"
    b"send the money back,refund\nI want my money,refund\nrefund the money,refund\ntell me a joke,oos\n"
)
TEST = b"text,label\nmy parcel please,track\nmoney back,refund\n"
WISH = Wish(method="ngram")


def _trained(cast: Cast, **more: Any) -> HeadVersion:
    version = keeping.request(actor=cast.lin.actor, name="intents", train=[TRAIN], wish=WISH, **more)
    run_waiting_jobs(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        version.refresh_from_db()
    return version


def test_a_job_trains_measures_and_keeps_a_head(cast: Cast) -> None:
    version = _trained(cast, test=[TEST])
    assert (version.state, version.method, version.labels) == ("ready", "ngram", ["refund", "track"])
    assert (version.figures["accuracy"], version.figures["n"]) == (1.0, 2)
    assert verbs_of(cast.hemu, subject=version.pk) == ["head.requested", "head.trained"]
    with tenancy.scope(cast.hemu.pk):
        assert "On 2 texts that were not learnt from: accuracy 1.0" in presenting.card(version)


def test_the_texts_are_let_go_of_and_the_numbers_stay(cast: Cast) -> None:
    version = _trained(cast)
    assert list(version.files) == ["numbers"]
    with tenancy.scope(cast.hemu.pk):
        assert selectors.stored_files() >= {version.sha256}
    assert version.data_sha256
    assert len(files_of(cast.hemu)) >= 1


def test_the_texts_of_a_training_that_failed_are_let_go_of(cast: Cast) -> None:
    version = keeping.request(actor=cast.lin.actor, name="intents", train=[TRAIN], wish=WISH)
    with tenancy.scope(cast.hemu.pk):
        assert version.files["train"] in selectors.stored_files()
        Job.objects.filter(pk=version.job_id).update(state=JobState.FAILED)
        assert version.files["train"] not in selectors.stored_files()


def test_who_may_not_read_data_sets_trains_on_none(cast: Cast) -> None:
    before = state_of(cast.hemu)
    asker = replace(cast.mei.actor, permissions=frozenset({selectors.TRAIN}))
    with pytest.raises(Forbidden) as refused:
        keeping.request(actor=asker, name="intents", dataset_version=new_id(), wish=WISH)
    assert refused.value.fields == {"permission": "datasets.set.read"}
    assert state_of(cast.hemu) == before


def test_nothing_is_kept_of_a_file_with_wrong_lines(cast: Cast) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput) as refused:
        keeping.request(actor=cast.lin.actor, name="intents", train=[b"text,label\na,\n"], wish=WISH)
    assert list(refused.value.fields) == ["line 2"]
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize("who", ["zhou", "mei", "ann"])
def test_who_may_not_train_changes_nothing(cast: Cast, who: str) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        keeping.request(actor=getattr(cast, who).actor, name="intents", train=[TRAIN], wish=WISH)
    assert state_of(cast.hemu) == before


def test_a_head_answers_once_a_version_is_put_to_use(cast: Cast) -> None:
    version = _trained(cast)
    with pytest.raises(HeadConflict, match="head_not_active"):
        classify(organisation_id=cast.hemu.pk, head="intents", text="where is the parcel")
    services.activate(actor=cast.lin.actor, version=version)
    said = classify(organisation_id=cast.hemu.pk, head="intents", text="where is the parcel")
    assert (said.label, said.in_scope) == ("track", True)


def test_rolling_back_brings_the_version_before_back_and_can_go_further(cast: Cast) -> None:
    first, second, third = (_trained(cast) for _ in range(3))
    for version in (first, second, third):
        services.activate(actor=cast.lin.actor, version=version)
    head = first.head
    assert services.roll_back(actor=cast.lin.actor, head=head).number == 2
    assert services.roll_back(actor=cast.lin.actor, head=head).number == 1
    with pytest.raises(HeadConflict, match="no_head_before"):
        services.roll_back(actor=cast.lin.actor, head=head)
    with tenancy.scope(cast.hemu.pk):
        assert list(HeadVersion.objects.filter(state=HeadState.ACTIVE)) == [first]


def test_a_version_that_is_being_trained_is_not_put_to_use(cast: Cast) -> None:
    version = keeping.request(actor=cast.lin.actor, name="intents", train=[TRAIN], wish=WISH)
    before = state_of(cast.hemu)
    with pytest.raises(HeadConflict, match="head_not_ready"):
        services.activate(actor=cast.lin.actor, version=version)
    with pytest.raises(HeadConflict, match="training_under_way"):
        keeping.request(actor=cast.lin.actor, name="intents", train=[TRAIN], wish=WISH)
    assert state_of(cast.hemu) == before


def test_a_stranger_sees_no_head(cast: Cast) -> None:
    version = _trained(cast)
    with tenancy.scope(cast.qinghe.pk), pytest.raises(UnknownHead):
        selectors.resolve_version(actor=cast.omar.actor, reference=version.pk)
    with pytest.raises(UnknownHead):
        classify(organisation_id=cast.qinghe.pk, head="intents", text="x")


def test_texts_are_told_their_labels_by_a_job_that_keeps_no_text(cast: Cast) -> None:
    version = _trained(cast)
    services.activate(actor=cast.lin.actor, version=version)
    texts = ["where is my parcel", "qqq zzz"]
    job = working.ask(actor=cast.lin.actor, head=version.head, texts=texts)
    run_waiting_jobs(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        job = Job.objects.get(pk=job.pk)
    said = job.result["predictions"]
    assert [(one["label"], one["in_scope"]) for one in said][0] == ("track", True)
    assert not said[1]["in_scope"]
    assert "parcel" not in str(job.result) + str(job.payload)


@pytest.mark.parametrize("texts", [["x" * 2001], ["x"] * 1001], ids=["one is too long", "there are too many"])
def test_too_much_text_is_refused(cast: Cast, texts: list[str]) -> None:
    version = _trained(cast)
    services.activate(actor=cast.lin.actor, version=version)
    before = state_of(cast.hemu)
    with pytest.raises(TooLong):
        working.ask(actor=cast.lin.actor, head=version.head, texts=texts)
    assert state_of(cast.hemu) == before


def test_the_door_trains_activates_and_classifies(cast: Cast) -> None:
    client = cast.lin.client
    sent = {"name": "intents", "method": "ngram", "train": SimpleUploadedFile("train.csv", TRAIN)}
    made = client.post("/api/v1/heads", sent)
    assert (made.status_code, made.json()["state"]) == (202, "training")
    run_waiting_jobs(cast.lin.actor)
    put = client.post("/api/v1/heads/versions/intents.v1/activate")
    assert put.status_code == 200, put.content
    assert put.json()["state"] == "active"
    asked = client.post("/api/v1/heads/intents/classify", {"texts": ["track it"]}, "application/json")
    assert asked.status_code == 202
    shown = client.get("/api/v1/heads").json()
    assert [(one["name"], one["active"]) for one in shown["heads"]] == [("intents", 1)]


def test_the_page_tries_a_text_and_shows_what_it_is_worth(cast: Cast) -> None:
    version = _trained(cast, test=[TEST])
    page = f"/console/heads/headversion/{version.pk}/change/"
    client = cast.lin.client
    asked = client.post(page, {"text": "where is my parcel"})
    run_waiting_jobs(cast.lin.actor)
    shown = client.get(asked["Location"]).content.decode()
    assert "track" in shown
    assert "Taken for one another" not in shown
    assert "polyline" in shown
    assert client.post(page, {"activate": ""}).status_code == 302
    with tenancy.scope(cast.hemu.pk):
        assert HeadVersion.objects.get(pk=version.pk).state == HeadState.ACTIVE
