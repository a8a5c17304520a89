from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.models import Document, KnowledgeBase
from sunmao.knowledge.sources import services
from sunmao.knowledge.sources.models import Source
from tests.fixtures import Cast, WorkOff
from tests.sunmao.knowledge.sources.site import Site, serving

Look = Callable[..., Source]


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    settings.SUNMAO_SOURCE_PAUSE = timedelta(0)
    settings.SUNMAO_SOURCE_SETTLE = timedelta(milliseconds=60)


@pytest.fixture
def site(settings: Any) -> Iterator[Site]:
    """A site that the operator has allowed although it is on this machine."""
    settings.SUNMAO_FETCH_PRIVATE_HOSTS = ["127.0.0.1"]
    with serving() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """A folder that the operator has opened for Hemu alone."""
    made = tmp_path / "policies"
    made.mkdir()
    settings.SUNMAO_SOURCE_FOLDERS = [("hemu", str(tmp_path))]
    return made


@pytest.fixture
def base(cast: Cast) -> KnowledgeBase:
    return knowledge.create_base(actor=cast.lin.actor, slug="service")


@pytest.fixture
def look(cast: Cast, work_off: WorkOff) -> Look:
    """Look at a source, and read what it brought; returns it as it then is."""

    def again(source: Source, *, first: bool = False) -> Source:
        if not first:
            services.refresh(actor=cast.lin.actor, source=source)
        work_off(cast.lin.actor)
        work_off(cast.lin.actor)
        return reread(source)

    return again


def reread(source: Source) -> Source:
    with tenancy.scope(source.organisation_id):
        return Source.objects.select_related("base", "job").get(pk=source.pk)


def entries(source: Source) -> dict[str, tuple[str, str]]:
    """Address → (state, code of the reason)."""
    with tenancy.scope(source.organisation_id):
        return {one.address: (one.state, one.error_code) for one in source.entries.all()}


def documents(base: KnowledgeBase) -> dict[str, int]:
    """Name → number of the newest revision, of those that are there."""
    with tenancy.scope(base.organisation_id):
        found = Document.objects.filter(base=base, deleted_at=None)
        return {one.name: one.revisions.count() for one in found}
