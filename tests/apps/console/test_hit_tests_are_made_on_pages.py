from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sunmao.core import tenancy
from sunmao.knowledge.learning.models import ConfirmedQuestion
from sunmao.knowledge.models import Document
from sunmao.knowledge.trials import trying
from sunmao.knowledge.trials.models import Case, Run, Trial
from tests.fixtures import Cast, Ingest, WorkOff, state_of
from tests.fixtures.picture_model import plain_picture
from tests.sunmao.knowledge.trials.shelf import OUTSIDE, PETS, POLICY, WITHOUT_PETS, passage_of

TRY, CASES, RUNS = "/console/trials/case/try/", "/console/trials/case/", "/console/trials/run/"


@pytest.fixture
def policy(cast: Cast, ingest: Ingest) -> Document:
    return ingest(cast.zhou.actor, "returns.md", POLICY)


@pytest.fixture
def at_once(broker: object, worker_at_once: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "transaction", SimpleNamespace(on_commit=lambda run: run()))


def _try(cast: Cast, question: str) -> str:
    told = cast.zhou.client.post(TRY, {"try": "1", "question": question, "bases": ["customer-service"]})
    assert told.status_code == 302
    return str(told["Location"])


@pytest.mark.usefixtures("at_once")
def test_a_question_is_tried_expected_and_confirmed(cast: Cast, policy: Document) -> None:
    page = _try(cast, PETS)
    shown = cast.zhou.client.get(page).content.decode()
    for words in ("Would be answered", "By words", "a cat or a dog has made", "Expect this"):
        assert words in shown
    assert "style=" not in shown[shown.index("What each stage did") : shown.index("What was found")]

    passage = passage_of(policy, "a cat or a dog")
    cast.zhou.client.post(page, {"expect": str(passage.pk)})
    cast.zhou.client.post(page, {"confirm": str(passage.pk)})
    with tenancy.scope(cast.hemu.pk):
        case = Case.objects.get()
        assert (str(case.question), case.expectations.get().passage_id) == (PETS, passage.pk)
        assert ConfirmedQuestion.objects.get().question == PETS
    assert PETS in cast.zhou.client.get(CASES).content.decode()
    assert "expected</span>" in cast.zhou.client.get(page).content.decode()
    assert PETS in cast.zhou.client.get(f"{TRY}?case={case.pk}").content.decode()


@pytest.mark.usefixtures("at_once")
def test_a_refusal_is_drawn_too(cast: Cast, policy: Document) -> None:
    shown = cast.zhou.client.get(_try(cast, OUTSIDE)).content.decode()
    assert "Would be refused" in shown
    assert "no passage was found" in shown


@pytest.mark.usefixtures("broker")
def test_a_page_that_waits_asks_again_by_itself(
    cast: Cast, policy: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("celery.current_app.send_task", lambda *_, **__: None)
    monkeypatch.setattr("apps.console.trials.SHORT_WAIT", 0.1)
    shown = cast.zhou.client.get(_try(cast, PETS)).content.decode()
    assert 'http-equiv="refresh"' in shown


@pytest.mark.usefixtures("at_once")
def test_what_another_person_tried_is_not_there(cast: Cast, policy: Document) -> None:
    page = _try(cast, PETS)
    assert cast.lin.client.get(page).status_code == 404


def test_a_file_is_run_and_compared_on_a_page(
    cast: Cast, policy: Document, ingest: Ingest, work_off: WorkOff
) -> None:
    text = f"question,document,label\n{PETS},returns.md,\nWhat?,nowhere.md,\n"
    for content in (POLICY, WITHOUT_PETS):
        ingest(cast.zhou.actor, "returns.md", content)
        upload = SimpleUploadedFile("set.csv", text.encode())
        cast.zhou.client.post(RUNS, {"run_file": "1", "base": "customer-service", "file": upload})
        work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        runs = list(Run.objects.all())
    assert [run.figures["worse"] for run in runs] == [1, 0]
    listed = cast.zhou.client.get(RUNS).content.decode()
    assert "set.csv" in listed
    shown = cast.zhou.client.get(f"{RUNS}{runs[0].pk}/change/").content.decode()
    for words in ("line 3: no such document in this base", "Worse", PETS, "The run before"):
        assert words in shown
    result = runs[0]
    with tenancy.scope(cast.hemu.pk):
        one = result.results.get()
    assert PETS in cast.zhou.client.get(f"{TRY}?result={one.pk}").content.decode()


def test_who_may_not_is_offered_nothing(cast: Cast, policy: Document) -> None:
    before = state_of(cast.hemu)
    for person in (cast.ann, cast.mei):
        told = person.client.post(TRY, {"try": "1", "question": PETS, "bases": ["customer-service"]})
        assert told.status_code in (302, 403)
        told = person.client.post(RUNS, {"run_cases": "1", "base": "customer-service"})
        assert told.status_code in (302, 403)
    assert state_of(cast.hemu) == before
    with tenancy.scope(cast.hemu.pk):
        assert not Trial.objects.exists()


@pytest.mark.usefixtures("at_once")
def test_a_picture_is_asked_with(cast: Cast, ingest: Ingest, work_off: WorkOff, sees_pictures: str) -> None:
    ingest(cast.zhou.actor, "blue.png", plain_picture("blue", size=160))
    work_off(cast.zhou.actor)
    photo = SimpleUploadedFile("photo.png", plain_picture("blue", shade=10), "image/png")
    told = cast.zhou.client.post(TRY, {"try": "1", "picture": photo, "bases": ["customer-service"]})
    assert told.status_code == 302
    shown = cast.zhou.client.get(told["Location"]).content.decode()
    for words in ("nothing is judged", "By looks", "likeness of the picture", ">blue</a>"):
        assert words in shown
    for words in ("Would be", "This one answers it", "Expect this"):
        assert words not in shown


def test_neither_words_nor_a_picture_is_told(cast: Cast, policy: Document) -> None:
    before = state_of(cast.hemu)
    told = cast.zhou.client.post(TRY, {"try": "1", "question": "", "bases": ["customer-service"]})
    assert told.status_code == 200
    assert "Write a question or choose a picture." in told.content.decode()
    assert state_of(cast.hemu) == before
