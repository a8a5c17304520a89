"""Sixty names of files that want to be paths: nothing is written but the content, under its digest."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from sunmao.core import tenancy
from sunmao.core.errors import EmptyInput
from sunmao.core.ids import new_id
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.models import Document
from tests.fixtures import Cast
from tests.plugin import HOME

CONTENT = b"# A file\n\nIt has a name."
NAMES = (
    "../../../etc/passwd", "..\\..\\..\\windows\\system32\\drivers\\etc\\hosts", "/etc/passwd", "/", "//",
    "\\", "C:\\boot.ini", "C:/boot.ini", "C:boot.ini", "\\\\server\\share\\x.md", "//server/share/x.md",
    "file:///etc/passwd", "http://evil.example/x.md", "..", ".", "...", "....//....//x.md", "..;/x.md",
    "~root/.ssh/authorized_keys", "~", "$HOME/x.md", "%2e%2e%2f%2e%2e%2fx.md", "..%2fx.md", "..%5cx.md",
    "%252e%252e%252fx.md", "..%c0%afx.md", "..%ef%bc%8fx.md", "．．／．．／x.md", "..∕..∕x.md", "..⁄x.md",
    "..＼x.md", "x.md\x00.png", "\x00", "../\x00x.md", "x\n../y.md",
    "x\r\nContent-Type: text/html\r\n\r\n.md", "CON", "con.md", "PRN.md", "AUX", "NUL", "NUL.md",
    "COM1.md", "LPT9", "CLOCK$", "x.md.", "x.md ", " x.md", "x.md::$DATA", "x.md:stream", ".htaccess",
    ".env", ".git/config", "-rf", "--help", "|id", "`id`", "$(id)", "x" * 5_000 + ".md",
    "退货/../../规则.md", "\u202edm.exe", "\u200b../x.md", "a/./b/../../../c.md", "\ud800.md",
)  # fmt: skip


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()} if folder.exists() else set()


def outside(cast: Cast) -> set[Path]:
    """Every file of this run but those that are kept for the organisation."""
    kept = settings.SUNMAO_FILES / str(cast.hemu.pk)
    database = HOME / "postgres"
    return {
        path
        for path in files_below(HOME)
        if not path.is_relative_to(kept) and not path.is_relative_to(database)
    }


@pytest.fixture(autouse=True)
def deep_below(settings: Any) -> None:
    """So that a few steps up still end where they are seen."""
    settings.SUNMAO_FILES = HOME / "a" / "b" / "c" / "d" / new_id().hex


def kept(cast: Cast) -> list[Path]:
    return sorted(files_below(settings.SUNMAO_FILES / str(cast.hemu.pk)))


def test_there_are_enough_of_them() -> None:
    assert len(set(NAMES)) >= 60


def _upload(client: Client, name: str) -> int:
    """By hand: Django's own client would take the path off."""
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').encode(errors="surrogatepass")
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="' + quoted + b'"\r\n'
    body = head + b"Content-Type: text/markdown\r\n\r\n" + CONTENT + b"\r\n--b--\r\n"
    response = client.post(
        "/api/v1/bases/customer-service/documents", body, content_type="multipart/form-data; boundary=b"
    )
    return response.status_code


@pytest.mark.parametrize("number", range(len(NAMES)))
def test_a_name_becomes_a_label_or_is_refused(cast: Cast, number: int) -> None:
    before = outside(cast)
    status = _upload(cast.zhou.client, NAMES[number])
    assert status in (202, 400)
    assert outside(cast) - before == set()
    with tenancy.scope(cast.hemu.pk):
        labels = list(Document.objects.values_list("name", flat=True))
    assert len(labels) == (status == 202)
    for label in labels:
        assert not set(label) & set("/\\\x00\r\n")
        assert label.strip(". ")
    assert all(len(path.name) == 64 and path.parent.name == path.name[:2] for path in kept(cast))


@pytest.mark.parametrize("name", [".", "..", "/", "\x00", "...", "\ud800", " "])
def test_a_name_of_which_nothing_is_left_keeps_nothing(cast: Cast, name: str) -> None:
    base = knowledge.create_base(actor=cast.zhou.actor, slug="customer-service")
    with pytest.raises(EmptyInput):
        knowledge.receive(actor=cast.zhou.actor, base=base, name=name, chunks=[CONTENT])
    assert kept(cast) == []


@pytest.mark.parametrize("folder", [("..", ".."), ("/etc",), ("C:\\",), ("a", "\x00b"), ("..\\..",)])
def test_folders_of_a_tree_are_labels_too(cast: Cast, folder: tuple[str, ...]) -> None:
    base = knowledge.create_base(actor=cast.zhou.actor, slug="customer-service")
    before = outside(cast)
    with suppress(EmptyInput):
        received = knowledge.receive(
            actor=cast.zhou.actor, base=base, name="x.md", chunks=[CONTENT], folder=folder
        )
        assert ".." not in received.document.name.split("/")
        assert not received.document.name.startswith("/")
    assert outside(cast) - before == set()
