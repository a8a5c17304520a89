"""Nothing inline, nothing evaluated, nothing fetched from elsewhere: the strict policy can stay strict."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from django.template.loader import get_template

from sunmao.ui import icons

UI = Path(icons.__file__).parent
TEMPLATES = UI / "templates"
PAGES = sorted(TEMPLATES.rglob("*.html"))
VENDOR = UI / "static" / "ui" / "vendor"
OWN_SCRIPT = UI / "static" / "ui" / "js" / "sunmao.js"

# What the policy or htmx with `allowEval: false` would refuse, and would refuse silently.
REFUSED = {
    "style attribute": r"\sstyle\s*=",
    "style element": r"<style\b",
    "script with a body": r"<script\b(?![^>]*\bsrc=)",
    "event attribute": r"\son[a-z]+\s*=",
    "hx-on": r"\bhx-on\b",
    "evaluated values": r"\b(?:js|javascript):",
    "trigger filter": r"hx-trigger=\"[^\"]*\[",
    "Alpine expression that needs more than a name": r"x-(?:on|bind|data)[\w.:-]*=\"(?![A-Za-z]\w*\")",
    "x-html": r"\bx-html\b",
    "address elsewhere": r"(?:src|href|action)=\"https?:",
}


def named(path: Path) -> str:
    return str(path.relative_to(TEMPLATES))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_the_template_compiles(page: Path) -> None:
    get_template(named(page))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_the_template_holds_nothing_that_the_policy_refuses(page: Path) -> None:
    source = page.read_text(encoding="utf-8")
    assert {what for what, pattern in REFUSED.items() if re.search(pattern, source)} == set()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_icon_that_is_named_exists(page: Path) -> None:
    wanted = set(re.findall(r"""{% icon ["']([\w-]+)["']""", page.read_text(encoding="utf-8")))
    wanted |= set(re.findall(r"""icon_name=["']([\w-]+)["']""", page.read_text(encoding="utf-8")))
    assert wanted <= set(icons.ICONS)


def test_every_component_that_is_named_is_registered() -> None:
    script = OWN_SCRIPT.read_text(encoding="utf-8")
    wanted = {
        name for page in PAGES for name in re.findall(r'x-data="(\w+)"', page.read_text(encoding="utf-8"))
    }
    assert wanted == set(re.findall(r'Alpine\.data\("(\w+)"', script))


def test_our_script_evaluates_nothing() -> None:
    script = OWN_SCRIPT.read_text(encoding="utf-8")
    assert re.findall(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write", script) == []


def test_vendored_files_are_those_of_the_table() -> None:
    table = (VENDOR / "README.md").read_text(encoding="utf-8")
    noted = dict(re.findall(r"^\| `([\w.-]+\.js)` .* `([0-9a-f]{64})` \|$", table, re.MULTILINE))
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")}
    assert found == noted
