from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

import pytest
from django.utils import translation

from sunmao.answering.people import services as people
from sunmao.core import tenancy
from sunmao.knowledge.trials import trying
from sunmao.knowledge.trials.models import Trial
from tests.fixtures import Cast, Ingest
from tests.sunmao.knowledge.trials.shelf import PETS, POLICY, newest


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def tried(cast: Cast, ingest: Ingest) -> None:
    policy = ingest(cast.zhou.actor, "returns.md", POLICY)
    for person in (cast.zhou, cast.lin):
        trying.ask(actor=person.actor, question=PETS, bases=[newest(policy.base)])


def test_it_is_exported(cast: Cast) -> None:
    file = io.BytesIO()
    people.export(actor=cast.lin.actor, subject="zhou", to=file)
    with zipfile.ZipFile(file) as archive:
        (row,) = json.loads(archive.read("tried_questions.json"))
    assert (row["question"], list(row["bases"])) == (PETS, ["customer-service"])


def test_it_is_erased_and_those_of_others_stay(cast: Cast) -> None:
    report = people.erase(actor=cast.lin.actor, subject="zhou")
    assert ("Questions tried in hit tests", 1) in [(str(one.what), one.count) for one in report.erased]
    with tenancy.scope(cast.hemu.pk):
        assert [str(one.question) for one in Trial.objects.all()] == [PETS]
