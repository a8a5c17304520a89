"""`manage.py ingest BASE PATH…`: every file with its state, its reason and what was found in it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.core import tenancy
from sunmao.knowledge.models import Document, KnowledgeBase, Revision
from tests.fixtures import Standing, state_of
from tests.fixtures.files import RETURNS, RETURNS_ZH
from tests.sunmao.knowledge.text import files

pytestmark = pytest.mark.usefixtures("broker", "worker_at_once")


@pytest.fixture
def editor(standing: Standing) -> list[str]:
    """The options that make the command act for an editor of the organisation."""
    name = f"zhou-{standing.organisation.slug}"
    accounts.add_member(actor=standing.actor, username=name, role=BuiltIn.KNOWLEDGE_EDITOR)
    return ["--org", standing.organisation.slug, "--as", name]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    (tmp_path / "returns.md").write_text(RETURNS, encoding="utf-8")
    (tmp_path / "inner" / "退货.txt").write_bytes(RETURNS_ZH.encode("gbk"))
    (tmp_path / "photo.md").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "empty.md").touch()
    (tmp_path / ".draft.rtf").write_text("hidden: not worth a word", encoding="utf-8")
    (tmp_path / "notes.rtf").write_text("left out: no ending that is read", encoding="utf-8")
    return tmp_path


def _ingest(*arguments: str) -> tuple[Any, str]:
    """The exit status and what was printed."""
    out = io.StringIO()
    try:
        call_command("ingest", *arguments, stdout=out)
    except SystemExit as ended:
        return ended.code, out.getvalue()
    return 0, out.getvalue()


def test_a_folder_is_read_file_by_file(standing: Standing, editor: list[str], folder: Path) -> None:
    status, printed = _ingest("handbook", str(folder), "--json", *editor)
    told = json.loads(printed)
    assert status == 1
    assert (told["base"], told["ready"], told["failed"]) == ("handbook", 2, 2)
    assert told["skipped"] == [str(folder / "notes.rtf")]
    rows = {
        row["file"]: (row["state"], row["code"], row["passages"], row["encoding"]) for row in told["files"]
    }
    assert rows == {
        "returns.md": ("ready", "", 2, "utf-8"),
        "inner/退货.txt": ("ready", "", 2, "gb18030"),
        "photo.md": ("failed", "binary_file", 0, ""),
        "empty.md": ("failed", "empty_file", 0, ""),
    }
    assert all(row["reason"] for row in told["files"] if row["state"] == "failed")
    with tenancy.scope(standing.organisation.pk):
        assert KnowledgeBase.objects.get().passage_count == 4
        assert Document.objects.count() == 3


def test_the_second_time_nothing_is_read_again(standing: Standing, editor: list[str], folder: Path) -> None:
    files = [str(folder / "returns.md"), str(folder / "inner")]
    _ingest("handbook", *files, *editor)
    before = state_of(standing.organisation)
    status, printed = _ingest("handbook", *files, "--json", *editor)
    assert status == 0
    assert [row["state"] for row in json.loads(printed)["files"]] == ["unchanged", "unchanged"]
    assert state_of(standing.organisation) == before


def test_a_table_is_printed_for_people(editor: list[str], folder: Path) -> None:
    status, printed = _ingest("handbook", str(folder / "returns.md"), *editor)
    assert status == 0
    assert "returns.md" in printed
    assert "1 ready, 0 failed" in printed


@pytest.mark.parametrize(
    ("case", "arguments", "message"),
    [
        ("a file that does not exist", ["handbook", "nowhere.md"], "nowhere.md does not exist."),
        ("a base that must exist", ["handbook", ".", "--existing"], "unknown_base"),
        ("a base that cannot be called so", ["two words", "."], "invalid_base_name"),
    ],
)
def test_a_mistake_changes_nothing(
    standing: Standing, editor: list[str], tmp_path: Path, case: str, arguments: list[str], message: str
) -> None:
    name, path, *more = arguments
    place = tmp_path if path == "." else tmp_path / path
    with tenancy.scope(standing.organisation.pk):
        documents = Document.objects.count()
    with pytest.raises(CommandError, match=message):
        call_command("ingest", name, str(place), *more, *editor)
    with tenancy.scope(standing.organisation.pk):
        assert Document.objects.count() == documents == 0


@pytest.mark.parametrize(
    ("case", "options", "code"),
    [
        ("an unknown organisation", ["--org", "nowhere"], "unknown_organisation"),
        ("an unknown person", ["--as", "nobody"], "unknown_person"),
    ],
)
def test_who_is_not_known_does_nothing(
    standing: Standing, editor: list[str], tmp_path: Path, case: str, options: list[str], code: str
) -> None:
    before = state_of(standing.organisation)
    with pytest.raises(CommandError, match=code):
        call_command("ingest", "handbook", str(tmp_path), *editor, *options)
    assert state_of(standing.organisation) == before


def test_files_of_one_name_in_different_folders_are_different_documents(
    standing: Standing, editor: list[str], tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "readme.md").write_text(f"# {name}\n\nAbout {name}.", encoding="utf-8")
    status, printed = _ingest("zoo", str(tmp_path), "--json", *editor)
    assert status == 0
    assert [row["file"] for row in json.loads(printed)["files"]] == ["a/readme.md", "b/readme.md"]
    with tenancy.scope(standing.organisation.pk):
        assert sorted(Document.objects.values_list("name", flat=True)) == ["a/readme.md", "b/readme.md"]


def test_two_files_that_would_be_one_document_are_told_apart(
    standing: Standing, editor: list[str], tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "readme.md").write_text(f"# {name}", encoding="utf-8")
    status, printed = _ingest("zoo", str(tmp_path / "a"), str(tmp_path / "b"), "--json", *editor)
    assert status == 1
    rows = [(row["state"], row["code"]) for row in json.loads(printed)["files"]]
    assert rows == [("ready", ""), ("failed", "duplicate_name")]
    with tenancy.scope(standing.organisation.pk):
        assert Document.objects.get().revisions.count() == 1


def test_a_file_that_cannot_be_read_does_not_stop_the_others(
    standing: Standing, editor: list[str], folder: Path
) -> None:
    memory = Path("/proc/self/mem")  # opens, and then fails to read
    status, printed = _ingest("handbook", str(memory), str(folder / "returns.md"), "--json", *editor)
    rows = [(row["file"], row["state"], row["code"]) for row in json.loads(printed)["files"]]
    assert status == 1
    assert rows == [("mem", "failed", "cannot_open"), ("returns.md", "ready", "")]


def test_the_days_in_force_are_given_with_the_files(
    standing: Standing, editor: list[str], folder: Path
) -> None:
    days = ("--effective-from", "2026-03-01", "--effective-until", "2026-12-31")
    assert _ingest("handbook", str(folder / "returns.md"), *days, *editor)[0] == 0
    with tenancy.scope(standing.organisation.pk):
        revision = Revision.objects.get(document__name="returns.md")
    assert (str(revision.effective_from), str(revision.effective_until)) == ("2026-03-01", "2026-12-31")
    before = state_of(standing.organisation)
    with pytest.raises(CommandError):
        _ingest("handbook", str(folder / "returns.md"), "--effective-from", "tomorrow", *editor)
    assert state_of(standing.organisation) == before


def _documents(*arguments: str) -> Any:
    out = io.StringIO()
    call_command("documents", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_an_archive_is_waited_for_with_all_that_is_inside(editor: list[str], tmp_path: Path) -> None:
    packed = {"a.md": RETURNS.encode(), "b.pdf": files.pdf("abc", encrypted=True)}
    (tmp_path / "papers.zip").write_bytes(files.zipped(packed))
    status, printed = _ingest("handbook", str(tmp_path / "papers.zip"), "--json", *editor)
    told = {row["file"]: (row["state"], row["code"]) for row in json.loads(printed)["files"]}
    assert status == 1
    assert told == {
        "papers.zip": ("ready", ""),
        "papers.zip/a.md": ("ready", ""),
        "papers.zip/b.pdf": ("failed", "encrypted_file"),
    }
    [archive] = _documents("list", "handbook", *editor)["documents"]
    assert (archive["name"], archive["members"], archive["origin"]["kind"]) == ("papers.zip", 2, "shell")
    inside = _documents("list", "handbook", "papers.zip", *editor)["documents"]
    assert [one["name"] for one in inside] == ["papers.zip/a.md", "papers.zip/b.pdf"]
    assert _documents("retry", "handbook", "papers.zip", *editor) == {"retried": 1}
    assert _documents("remove", "handbook", "papers.zip", *editor) == {"removed": "papers.zip"}
    assert _documents("list", "handbook", *editor)["documents"] == []


def test_a_document_that_is_not_there_is_said_so(editor: list[str], folder: Path) -> None:
    _ingest("handbook", str(folder / "returns.md"), *editor)
    with pytest.raises(CommandError, match="not_found"):
        call_command("documents", "remove", "handbook", "nothing.md", *editor)
    assert len(_documents("list", "handbook", *editor)["documents"]) == 1
