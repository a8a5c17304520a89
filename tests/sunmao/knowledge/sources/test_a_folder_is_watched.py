"""A folder of the server: what is put in, changed, moved and taken out, and nothing outside of it."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import InvalidInput
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.models import Document, KnowledgeBase, Revision
from sunmao.knowledge.sources import folders, services
from sunmao.knowledge.sources.models import Outcome, Source
from tests.fixtures import Cast, state_of, verbs_of
from tests.fixtures.files import RETURNS, RETURNS_LATER, RETURNS_ZH
from tests.sunmao.knowledge.sources.conftest import Look, documents, entries


@pytest.fixture
def source(cast: Cast, base: KnowledgeBase, folder: Path) -> Source:
    (folder / "returns.md").write_text(RETURNS)
    (folder / "zh").mkdir()
    (folder / "zh" / "退货.md").write_text(RETURNS_ZH)
    return services.add(actor=cast.lin.actor, base=base, kind="folder", address=str(folder), every_minutes=1)


def test_files_are_read_with_their_place(source: Source, look: Look) -> None:
    source = look(source, first=True)
    assert documents(source.base) == {"policies/returns.md": 1, "policies/zh/退货.md": 1}
    assert entries(source) == {"returns.md": ("taken", ""), "zh/退货.md": ("taken", "")}
    assert source.outcome == Outcome.DONE


def test_a_second_look_does_nothing(source: Source, look: Look, cast: Cast) -> None:
    look(source, first=True)
    verbs = verbs_of(cast.hemu)
    source = look(source)
    assert verbs_of(cast.hemu) == [*verbs, "source.refreshed"]
    assert source.result["unchanged"] == 2


def test_a_changed_file_is_a_new_revision(source: Source, look: Look, folder: Path) -> None:
    look(source, first=True)
    (folder / "returns.md").write_text(RETURNS_LATER)
    assert documents(look(source).base) == {"policies/returns.md": 2, "policies/zh/退货.md": 1}


def test_a_file_that_was_touched_only_is_not_read_again(source: Source, look: Look, folder: Path) -> None:
    look(source, first=True)
    os.utime(folder / "returns.md", (1, 1))
    source = look(source)
    assert documents(source.base)["policies/returns.md"] == 1
    assert source.result["unchanged"] == 2


def test_a_renamed_file_keeps_its_document(source: Source, look: Look, folder: Path, cast: Cast) -> None:
    look(source, first=True)
    with tenancy.scope(cast.hemu.pk):
        before = Document.objects.get(name="policies/returns.md")
    (folder / "returns.md").rename(folder / "sending back.md")
    source = look(source)
    assert documents(source.base) == {"policies/sending back.md": 1, "policies/zh/退货.md": 1}
    with tenancy.scope(cast.hemu.pk):
        after = Document.objects.get(name="policies/sending back.md")
        assert Revision.objects.filter(document=after).count() == 1
    assert (after.pk, after.current_id) == (before.pk, before.current_id)
    assert verbs_of(cast.hemu, subject=after.pk)[-1] == "document.renamed"
    assert (source.result["renamed"], source.result["removed"]) == (1, 0)


def test_a_removed_file_takes_its_document_along(source: Source, look: Look, folder: Path) -> None:
    look(source, first=True)
    (folder / "returns.md").unlink()
    source = look(source)
    assert documents(source.base) == {"policies/zh/退货.md": 1}
    assert list(entries(source)) == ["zh/退货.md"]


def test_a_file_that_comes_back_is_read_again(source: Source, look: Look, folder: Path) -> None:
    look(source, first=True)
    (folder / "returns.md").unlink()
    look(source)
    (folder / "returns.md").write_text(RETURNS)
    assert documents(look(source).base) == {"policies/returns.md": 1, "policies/zh/退货.md": 1}


def test_a_folder_that_is_suddenly_empty_removes_nothing(source: Source, look: Look, folder: Path) -> None:
    look(source, first=True)
    (folder / "returns.md").unlink()
    (folder / "zh" / "退货.md").unlink()
    source = look(source)
    assert (source.outcome, source.error_code) == (Outcome.FAILED, "nothing_listed")
    assert len(documents(source.base)) == 2


def test_a_folder_that_is_away_removes_nothing(source: Source, look: Look, folder: Path) -> None:
    look(source, first=True)
    folder.rename(folder.with_name("elsewhere"))
    source = look(source)
    assert (source.outcome, source.error_code) == (Outcome.FAILED, "folder_not_found")
    assert len(documents(source.base)) == 2


def test_a_file_that_is_still_written_waits(source: Source, look: Look, folder: Path) -> None:
    growing, done = folder / "growing.md", threading.Event()
    growing.write_text("# Growing\n")

    def grow() -> None:
        while not done.wait(0.005):
            with growing.open("a") as file:
                file.write("more and more\n")

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        source = look(source, first=True)
    finally:
        done.set()
        writer.join()
    assert entries(source)["growing.md"] == ("waiting", "still_changing")
    assert "policies/growing.md" not in documents(source.base)
    assert source.outcome == Outcome.PARTLY
    source = look(source)
    assert documents(source.base)["policies/growing.md"] == 1


def test_what_is_no_document_is_left_out_with_its_reason(source: Source, look: Look, folder: Path) -> None:
    (folder / "movie.mp4").write_bytes(b"\0")
    for hidden in (".hidden.md", "~$returns.md", "copy.md.part"):
        (folder / hidden).write_text(RETURNS)
    source = look(source, first=True)
    assert entries(source)["movie.mp4"] == ("skipped", "unsupported_type")
    assert len(entries(source)) == 3


def test_links_lead_nowhere(source: Source, look: Look, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path.parent / "secret.md"
    secret.write_text("# Secret\n\nNobody may read this.\n")
    (folder / "file.md").symlink_to(secret)
    (folder / "inside").symlink_to(tmp_path.parent)
    source = look(source, first=True)
    assert len(entries(source)) == 2


def test_a_folder_exchanged_for_a_link_meanwhile_is_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("secret")
    (folder / "inside").symlink_to(outside)
    with pytest.raises(Exception, match="cannot_open"):
        folders.content_of(folder, "inside/secret.md")
    with pytest.raises(Exception, match="cannot_open"):
        folders.content_of(folder, "../outside/secret.md")


@pytest.mark.parametrize(
    "where",
    [
        pytest.param("{root}/../", id="above the open folder"),
        pytest.param("/etc", id="somewhere else"),
        pytest.param("{root}/link", id="a link that leads out"),
        pytest.param("policies", id="a relative path"),
        pytest.param("", id="nothing"),
    ],
)
def test_only_folders_that_the_operator_opened_may_be_watched(
    cast: Cast, base: KnowledgeBase, folder: Path, tmp_path: Path, where: str
) -> None:
    (tmp_path / "link").symlink_to("/etc")
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput) as refused:
        services.add(actor=cast.lin.actor, base=base, kind="folder", address=where.format(root=tmp_path))
    assert refused.value.code == "folder_not_allowed"
    assert state_of(cast.hemu) == before


def test_a_folder_of_one_organisation_is_not_open_to_another(cast: Cast, folder: Path) -> None:
    other = knowledge.create_base(actor=cast.omar.actor, slug="clinic")
    before = state_of(cast.qinghe)
    with pytest.raises(InvalidInput) as refused:
        services.add(actor=cast.omar.actor, base=other, kind="folder", address=str(folder))
    assert refused.value.code == "folder_not_allowed"
    assert state_of(cast.qinghe) == before


def test_a_folder_that_the_operator_closed_is_not_read_any_more(
    source: Source, look: Look, folder: Path, settings: Any
) -> None:
    look(source, first=True)
    settings.SUNMAO_SOURCE_FOLDERS = []
    (folder / "new.md").write_text(RETURNS_LATER)
    source = look(source)
    assert (source.outcome, source.error_code) == (Outcome.FAILED, "folder_not_allowed")
    assert len(documents(source.base)) == 2


def test_two_sources_do_not_fill_one_document(
    cast: Cast, base: KnowledgeBase, source: Source, look: Look, folder: Path, tmp_path: Path
) -> None:
    look(source, first=True)
    twin = tmp_path / "second" / "policies"
    twin.mkdir(parents=True)
    (twin / "returns.md").write_text(RETURNS_LATER)
    second = services.add(actor=cast.lin.actor, base=base, kind="folder", address=str(twin))
    second = look(second, first=True)
    assert entries(second) == {"returns.md": ("failed", "name_taken")}
    assert documents(base)["policies/returns.md"] == 1
