"""A page of the web is a document that follows its page."""

from __future__ import annotations

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import Forbidden, InvalidInput
from sunmao.knowledge.models import Document, KnowledgeBase, Passage
from sunmao.knowledge.sources import services
from sunmao.knowledge.sources.models import Outcome, Source
from tests.fixtures import Cast, state_of, verbs_of
from tests.sunmao.knowledge.sources.conftest import Look, documents, entries
from tests.sunmao.knowledge.sources.site import Site, page

RETURNS = page("Returns", "Goods may be sent back within seven days of delivery, whatever the reason was.")
LATER = page("Returns", "Goods may be sent back within thirty days of delivery, whatever the reason was.")


@pytest.fixture
def source(cast: Cast, base: KnowledgeBase, site: Site) -> Source:
    site.pages["/help/returns"] = RETURNS
    return services.add(
        actor=cast.lin.actor, base=base, kind="url", address=f"{site.address}/help/returns#top"
    )


def _texts(base: KnowledgeBase) -> str:
    with tenancy.scope(base.organisation_id):
        return "\n".join(Passage.objects.filter(base_id=base.pk, died=None).values_list("text", flat=True))


def test_the_page_is_read_and_its_state_is_told(source: Source, look: Look, site: Site) -> None:
    source = look(source, first=True)
    assert documents(source.base) == {"127.0.0.1/help/returns.html": 1}
    assert "within seven days" in _texts(source.base)
    assert (source.outcome, source.error_code, source.looked_at is not None) == (Outcome.DONE, "", True)
    assert entries(source) == {f"{site.address}/help/returns": ("taken", "")}


def test_a_page_that_has_not_changed_is_not_even_sent(
    source: Source, look: Look, site: Site, cast: Cast
) -> None:
    look(source, first=True)
    verbs = verbs_of(cast.hemu)
    source = look(source)
    assert site.asked_for("/help/returns") == [200, 304]
    assert documents(source.base) == {"127.0.0.1/help/returns.html": 1}
    assert verbs_of(cast.hemu) == [*verbs, "source.refreshed"]
    assert (source.result["unchanged"], source.result["changed"]) == (1, 0)


def test_a_changed_page_is_a_new_revision(source: Source, look: Look, site: Site) -> None:
    look(source, first=True)
    site.pages["/help/returns"] = LATER
    source = look(source)
    assert documents(source.base) == {"127.0.0.1/help/returns.html": 2}
    assert "within thirty days" in _texts(source.base)
    assert "within seven days" not in _texts(source.base)


def test_a_page_that_is_gone_says_so_and_its_document_stays(source: Source, look: Look, site: Site) -> None:
    look(source, first=True)
    site.pages["/help/returns"] = 404
    source = look(source)
    assert entries(source) == {f"{site.address}/help/returns": ("failed", "page_not_found")}
    assert source.outcome == Outcome.PARTLY
    assert documents(source.base) == {"127.0.0.1/help/returns.html": 1}


def test_a_document_that_a_person_removed_does_not_come_back(
    source: Source, look: Look, site: Site, cast: Cast
) -> None:
    look(source, first=True)
    from sunmao.knowledge.services import delete_document

    with tenancy.scope(cast.hemu.pk):
        document = Document.objects.get()
    delete_document(actor=cast.lin.actor, document=document)
    site.pages["/help/returns"] = LATER
    source = look(source)
    assert documents(source.base) == {}
    assert entries(source) == {f"{site.address}/help/returns": ("removed", "document_removed")}


@pytest.mark.parametrize(
    ("address", "code"),
    [
        pytest.param("http://ann:secret@example.com/", "invalid_url", id="a password before the host"),
        pytest.param("https://example.com/?api_key=1", "credentials_in_address", id="a key in the query"),
        pytest.param("https://example.com/?a=1&X-Amz-Signature=1", "credentials_in_address", id="a seal"),
        pytest.param("https://example.com/?access_token=", "credentials_in_address", id="an empty token"),
        pytest.param("http://127.0.0.1/", "forbidden_address", id="this machine"),
        pytest.param("http://169.254.169.254/latest", "forbidden_address", id="the cloud's own service"),
        pytest.param("http://intranet/", "forbidden_address", id="a name of the own network"),
        pytest.param("ftp://example.com/", "invalid_url", id="another protocol"),
        pytest.param("", "invalid_url", id="nothing"),
    ],
)
def test_what_must_not_be_asked_is_refused_when_it_is_added(
    cast: Cast, base: KnowledgeBase, address: str, code: str
) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput) as refused:
        services.add(actor=cast.lin.actor, base=base, kind="url", address=address)
    assert refused.value.code == code
    assert state_of(cast.hemu) == before


def test_the_same_address_is_added_once(source: Source, cast: Cast, base: KnowledgeBase) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput) as refused:
        services.add(actor=cast.lin.actor, base=base, kind="url", address=source.address)
    assert refused.value.code == "duplicate_source"
    assert state_of(cast.hemu) == before


def test_whoever_only_asks_questions_adds_no_source(cast: Cast, base: KnowledgeBase) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        services.add(actor=cast.mei.actor, base=base, kind="url", address="https://example.com/")
    assert state_of(cast.hemu) == before


def test_sites_are_not_asked_more_often_than_is_polite(cast: Cast, base: KnowledgeBase) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.add(
            actor=cast.lin.actor, base=base, kind="url", address="https://example.com/", every_minutes=5
        )
    assert list(refused.value.fields) == ["every_minutes"]
