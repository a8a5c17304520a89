"""A list of pages: bounded by its host and a number, polite, and never emptied by an accident."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import Any

import pytest

from sunmao.knowledge.fetching import Fetched
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.sources import listing, services
from sunmao.knowledge.sources.models import Outcome, Source
from sunmao.knowledge.sources.problems import SourceFailed
from tests.fixtures import Cast
from tests.sunmao.knowledge.sources.conftest import Look, documents, entries
from tests.sunmao.knowledge.sources.site import Site, page, sitemap


def _fill(site: Site, *names: str) -> None:
    for name in names:
        site.pages[f"/{name}"] = page(name.title(), f"All about {name}, which is told here at some length.")
    site.pages["/sitemap.xml"] = sitemap(*(f"{site.address}/{name}" for name in names))


@pytest.fixture
def source(cast: Cast, base: KnowledgeBase, site: Site) -> Source:
    _fill(site, "beds", "chairs", "tables")
    return services.add(
        actor=cast.lin.actor, base=base, kind="sitemap", address=f"{site.address}/sitemap.xml"
    )


def test_every_page_of_the_list_is_read(source: Source, look: Look) -> None:
    source = look(source, first=True)
    assert documents(source.base) == {
        "127.0.0.1/beds.html": 1, "127.0.0.1/chairs.html": 1, "127.0.0.1/tables.html": 1,
    }  # fmt: skip
    assert {name: source.result[name] for name in ("new", "failed", "removed")} == {
        "new": 3, "failed": 0, "removed": 0,
    }  # fmt: skip
    assert source.job is not None
    assert (source.job.progress, source.job.progress_total) == (3, 3)


def test_a_list_of_lists_is_followed(source: Source, look: Look, site: Site) -> None:
    site.pages["/more.xml"] = site.pages["/sitemap.xml"]
    site.pages["/sitemap.xml"] = sitemap(f"{site.address}/more.xml", index=True)
    assert len(documents(look(source, first=True).base)) == 3


@pytest.mark.parametrize(
    ("path", "content"),
    [
        pytest.param("/list.txt", "{here}/beds\n\n{here}/chairs\n", id="a text with an address on each line"),
        pytest.param("/list", '<html><a href="/beds">B</a><a href="chairs#x">C</a></html>', id="links"),
    ],
)
def test_other_lists_do_as_well(
    cast: Cast, base: KnowledgeBase, site: Site, look: Look, path: str, content: str
) -> None:
    _fill(site, "beds", "chairs")
    site.pages[path] = content.format(here=site.address)
    made = services.add(actor=cast.lin.actor, base=base, kind="sitemap", address=f"{site.address}{path}")
    look(made, first=True)
    assert sorted(documents(base)) == ["127.0.0.1/beds.html", "127.0.0.1/chairs.html"]


def test_pages_of_other_hosts_are_not_asked(source: Source, look: Look, site: Site) -> None:
    site.pages["/sitemap.xml"] = sitemap(
        f"{site.address}/beds", "http://169.254.169.254/latest", "https://example.com/", "javascript:alert(1)"
    )
    source = look(source, first=True)
    assert list(entries(source)) == [f"{site.address}/beds"]


def test_no_more_pages_are_taken_than_the_limit(cast: Cast, source: Source, look: Look, site: Site) -> None:
    services.change(actor=cast.lin.actor, source=source, limit=2)
    source = look(source, first=True)
    assert sorted(documents(source.base)) == ["127.0.0.1/beds.html", "127.0.0.1/chairs.html"]
    assert (source.outcome, source.error_code) == (Outcome.PARTLY, "too_many_entries")


def test_a_page_that_programs_should_not_read_is_left_alone(source: Source, look: Look, site: Site) -> None:
    site.pages["/robots.txt"] = "User-agent: *\nDisallow: /chairs\n"
    source = look(source, first=True)
    assert entries(source)[f"{site.address}/chairs"] == ("failed", "robots_forbid")
    assert site.asked_for("/chairs") == []
    assert len(documents(source.base)) == 2


def test_one_bad_page_leaves_the_others_be(source: Source, look: Look, site: Site) -> None:
    site.pages["/chairs"] = 500
    source = look(source, first=True)
    assert entries(source)[f"{site.address}/chairs"] == ("failed", "cannot_fetch")
    assert (len(documents(source.base)), source.outcome) == (2, Outcome.PARTLY)


def test_a_page_that_is_no_longer_listed_goes_with_its_document(
    source: Source, look: Look, site: Site
) -> None:
    look(source, first=True)
    _fill(site, "beds", "tables")
    source = look(source)
    assert sorted(documents(source.base)) == ["127.0.0.1/beds.html", "127.0.0.1/tables.html"]
    assert source.result["removed"] == 1
    assert sorted(entries(source)) == [f"{site.address}/beds", f"{site.address}/tables"]


def test_documents_stay_where_the_source_only_adds(
    cast: Cast, source: Source, look: Look, site: Site
) -> None:
    services.change(actor=cast.lin.actor, source=source, removes=False)
    look(source, first=True)
    _fill(site, "beds", "tables")
    source = look(source)
    assert len(documents(source.base)) == 3
    assert entries(source)[f"{site.address}/chairs"] == ("gone", "")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(sitemap(), "nothing_listed", id="an empty list"),
        pytest.param(404, "page_not_found", id="a list that is away"),
        pytest.param("<other/>", "no_list", id="something else"),
        pytest.param(429, "site_is_busy", id="a site that has enough"),
    ],
)
def test_a_list_that_is_not_there_removes_nothing(
    source: Source, look: Look, site: Site, content: Any, code: str
) -> None:
    look(source, first=True)
    site.pages["/sitemap.xml"] = content
    source = look(source)
    assert (source.outcome, source.error_code) == (Outcome.FAILED, code)
    assert source.job is not None
    assert (source.job.state, source.job.error_code) == ("failed", code)
    assert len(documents(source.base)) == 3


def test_a_long_list_gives_others_their_turn(
    source: Source, look: Look, site: Site, settings: Any, broker: object
) -> None:
    settings.SUNMAO_SOURCE_TURN_SECONDS = 0
    for taken in (1, 2):
        source = look(source, first=True) if taken == 1 else source
        assert source.job is not None
    from tests.sunmao.knowledge.sources.conftest import reread

    source = reread(source)
    assert source.job is not None
    assert (source.job.state, source.job.attempts) == ("queued", 0)
    settings.SUNMAO_SOURCE_TURN_SECONDS = 60
    source = look(source, first=True)
    assert source.job is not None
    assert (source.job.state, source.result["new"]) == ("succeeded", 3)
    assert len(documents(source.base)) == 3
    assert site.asked_for("/sitemap.xml") == [200]


@pytest.mark.parametrize(
    ("what", "text", "media_type"),
    [
        ("blanks", "<urlset><loc>" + " " * 200_000, "text/xml"),
        ("openings", "<urlset>" + "<loc>" * 200_000, "text/xml"),
        ("declarations", "<![" * 1_000, "text/html"),
    ],
)
def test_no_list_keeps_a_worker_busy(what: str, text: str, media_type: str) -> None:
    page = Fetched(
        url="https://shop.example/list", name="list", data=text.encode(), media_type=media_type, etag="",
        last_modified="",
    )  # fmt: skip
    began = time.process_time()
    with pytest.raises(SourceFailed) if what == "declarations" else nullcontext():
        assert listing.pages_of(page.url, limit=10, ask=lambda _address: page).found == []
    assert time.process_time() - began < 5
