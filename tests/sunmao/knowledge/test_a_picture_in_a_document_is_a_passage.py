"""A picture in a document is found and cited by its caption; its bytes are kept as a file of their own."""

from __future__ import annotations

import base64

import pytest

from sunmao.core import files, tenancy
from sunmao.knowledge.models import Passage
from tests.fixtures import Cast, Ingest, files_of
from tests.sunmao.knowledge.text.test_pictures_inside_documents import _word, picture


@pytest.fixture(autouse=True)
def _without_recognition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sunmao.knowledge.sandbox.reading.can_recognise", lambda: False)


def test_the_picture_is_a_passage_with_its_file(cast: Cast, ingest: Ingest) -> None:
    data = picture()
    document = ingest(cast.lin.actor, "deposits.docx", _word((data, "When a deposit returns")))
    assert document.state == "succeeded"
    with tenancy.scope(cast.hemu.pk):
        shown = Passage.objects.get(document=document, kind="image")
        assert document.current is not None
        assert document.current.text[shown.start : shown.end] == shown.text
    assert (shown.label, shown.text) == ("When a deposit returns", "![When a deposit returns]")
    assert document.current.counts["image"] == 1
    kept = [name for name in files_of(cast.hemu) if name != document.current.sha256]
    assert [files.read(organisation_id=cast.hemu.pk, sha256=name) for name in kept] == [data]


def test_a_picture_that_stands_in_markdown_is_one_too(cast: Cast, ingest: Ingest) -> None:
    data = picture()
    encoded = base64.b64encode(data).decode()
    text = f"# Deposits\n\nBefore.\n\n![When a deposit returns](data:image/png;base64,{encoded})\n\nAfter.\n"
    document = ingest(cast.lin.actor, "deposits.md", text)
    assert document.current is not None
    assert document.current.text == "# Deposits\n\nBefore.\n\n![When a deposit returns]\n\nAfter.\n"
    with tenancy.scope(cast.hemu.pk):
        shown = Passage.objects.get(document=document, kind="image")
    assert document.current.text[shown.start : shown.end] == "![When a deposit returns]"
    kept = [name for name in files_of(cast.hemu) if name != document.current.sha256]
    assert [files.read(organisation_id=cast.hemu.pk, sha256=name) for name in kept] == [data]


@pytest.mark.parametrize("encoded", ["AAAA", "====", "iVBORw0KGgo="])
def test_what_only_says_in_markdown_that_it_is_a_picture_leaves_its_name(
    cast: Cast, ingest: Ingest, encoded: str
) -> None:
    text = f"# A\n\nText ![logo](data:image/png;base64,{encoded}) goes on."
    document = ingest(cast.lin.actor, "a.md", text)
    assert document.current is not None
    assert document.current.text == "# A\n\nText ![logo] goes on."
    assert "image" not in document.current.counts
