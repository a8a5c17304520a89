"""The sample organisation: nobody's password, every vertical, and nothing new the second time."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate

from sunmao.accounts.models import Organisation, User
from sunmao.accounts.selectors import organisation_by_slug
from sunmao.accounts.services import system_actor
from sunmao.core import tenancy
from sunmao.core.vertical import installed
from sunmao.jobs.models import Job, JobState
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.models import Document, KnowledgeBase
from sunmao.prompts.models import PromptVersion
from sunmao.releases import sample
from sunmao.releases.models import Release
from tests.fixtures import state_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded() -> tuple[Organisation, str]:
    token = sample.load()
    assert token is not None
    return organisation_by_slug("sample"), token


def test_nobody_has_a_password(loaded: tuple[Organisation, str]) -> None:
    people = User.objects.filter(memberships__isnull=False) | User.objects.filter(username="administrator")
    assert [user.has_usable_password() for user in people.distinct()] == [False]
    for guess in ("", "admin", "administrator", "password", "sunmao", loaded[1]):
        assert authenticate(username="administrator", password=guess) is None


def test_every_vertical_has_a_base_prompts_and_a_serving_release(loaded: tuple[Organisation, str]) -> None:
    organisation, _token = loaded
    slugs = [vertical.slug for vertical in installed()]
    assert organisation.enabled_verticals == slugs
    with tenancy.scope(organisation.pk):
        assert set(KnowledgeBase.objects.values_list("slug", flat=True)) >= {
            slug.replace("_", "-") for slug in slugs
        }
        for slug in slugs:
            serving = Release.objects.get(vertical=slug, task="ask", state="serving")
            assert sorted(serving.prompts) == ["en", "zh"]
            assert serving.bases[slug.replace("_", "-")] == "latest"
            assert PromptVersion.objects.filter(pk__in=serving.prompts.values()).count() == 2
        assert Document.objects.filter(base__slug="customer-service").count() == 12
        assert set(Job.objects.values_list("state", flat=True)) == {JobState.QUEUED}


def test_the_second_time_changes_nothing_but_the_link(loaded: tuple[Organisation, str]) -> None:
    organisation, token = loaded
    before = state_of(organisation)
    again = sample.load()
    assert again not in (None, token)
    assert state_of(organisation) == before
    assert User.objects.filter(username="administrator").count() == 1


def test_with_a_password_there_is_no_link(loaded: tuple[Organisation, str]) -> None:
    user = User.objects.get(username="administrator")
    user.set_password("a joint of oak and ash")
    user.save()
    assert sample.load() is None
    user.refresh_from_db()
    assert user.check_password("a joint of oak and ash")


def test_what_people_removed_stays_removed(loaded: tuple[Organisation, str]) -> None:
    organisation, _token = loaded
    actor = system_actor(organisation)
    with tenancy.scope(organisation.pk):
        documents = list(Document.objects.filter(base__slug="customer-service"))
    for document in documents:
        knowledge.delete_document(actor=actor, document=document)
    before = state_of(organisation)
    sample.load()
    assert state_of(organisation) == before
