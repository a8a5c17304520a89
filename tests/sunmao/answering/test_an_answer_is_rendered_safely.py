"""What an engine wrote is untrusted: escaped, reduced to an allow-list, linked only by our own marks."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sunmao.answering.rendering import render
from sunmao.core.ids import new_id

PASSAGE, RECORD = new_id(), new_id()
CITATIONS: list[dict[str, Any]] = [
    {"number": 1, "passage_id": str(PASSAGE), "document": 'A "fine" <b>law</b>'}
]


def _html(text: str) -> str:
    return str(render(text, CITATIONS, record_id=RECORD))


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("a script", "<script>alert(1)</script>"),
        ("a handler", '<img src=x onerror="alert(1)">'),
        ("a link", "[click](javascript:alert(1))"),
        ("a bare address", "<https://evil.example>"),
        ("an image that calls home", "![x](https://evil.example/x.png)"),
        ("a form", "<form action=//evil.example><input></form>"),
        ("a style", "<style>body{display:none}</style>"),
        ("attributes on what is allowed", '<p style="x" hx-get="/x" onclick="y">a</p>'),
        ("a link reference", "[1]: javascript:alert(1)\n\n[click][1]"),
        ("svg", "<svg/onload=alert(1)>"),
        ("an entity", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ],
)
def test_nothing_active_survives(case: str, text: str) -> None:
    html = _html(text)
    tags = re.findall(r"<(/?[a-z0-9]+)([^>]*)>", html)
    assert {name.strip("/") for name, _ in tags} <= {"p", "a", "br"}
    for name, attributes in tags:
        if name == "a":
            assert attributes.startswith(f' class="cite" href="/passages/{PASSAGE}/?record={RECORD}"')
        else:
            assert attributes == ""
    assert 'evil.example/x.png"' not in html


def test_a_mark_becomes_a_link_to_its_passage() -> None:
    html = _html("Seven days [1].")
    assert html.count("<a ") == 1
    assert f'href="/passages/{PASSAGE}/?record={RECORD}"' in html
    assert "A &quot;fine&quot; &lt;b&gt;law&lt;/b&gt;" in html
    assert html.endswith(".</p>\n")


def test_a_mark_without_a_citation_stays_text() -> None:
    assert _html("Nine [9] and [12345].") == "<p>Nine [9] and [12345].</p>\n"


def test_markdown_is_kept() -> None:
    html = _html("**Bold**\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    for tag in ("<strong>Bold</strong>", "<li>one</li>", "<td>1</td>"):
        assert tag in html
