"""What the documentation names exists, and what the code needs to be told about is documented."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
PAGES = (*READMES, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
SETTINGS = ROOT / "docs" / "guides" / "settings.md"
API = ROOT / "docs" / "guides" / "api.md"
ADRS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
SOURCES = ("apps", "platform", "verticals")
OTHER_READERS = (
    "Makefile", "docker-compose.yml", "deploy/Dockerfile", "deploy/postgres/bootstrap.sh", "manage.py",
    "scripts/install.sh", "tests/plugin.py",
)  # fmt: skip

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)#]+)")
_VARIABLE = re.compile(r"\b(?:SUNMAO_[A-Z_]+|DATABASE(?:_OWNER)?_URL|REDIS_URL|HF_HUB_OFFLINE|OMP_[A-Z_]+)\b")
_READ_IN_CODE = re.compile(
    r"""(?:\benv\.\w+\(|environ(?:\.get|\.setdefault|\.pop)?[(\[]|\bgetenv\(|_connect\(|_is_set\()\s*"([A-Z][A-Z_0-9]+)\""""
)
_PATH = re.compile(r"(?:apps|platform|verticals|tests|docs|deploy|scripts|locale)/[\w./-]*")
_TOP_FILE = re.compile(r"[\w.-]+\.(?:md|toml|yml|txt|py)|\.ci/run|Makefile")


def names(paths: tuple[Path, ...]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def python_files() -> Iterator[Path]:
    for folder in SOURCES:
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "tests" not in file.parts and "migrations" not in file.parts:
                yield file


def code_in(page: Path) -> str:
    """Everything that a page sets as code."""
    text = text_of(page)
    blocks = [block[1] for block in _FENCE.findall(text)]
    return "\n".join([*blocks, *_CODE.findall(_FENCE.sub("", text))])


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))


@cache
def commands() -> set[str]:
    ours = {file.stem for file in python_files() if file.parent.name == "commands"}
    return ours | {"check", "makemigrations"}


def variables_read() -> set[str]:
    """Names of environment variables in our code and in the files that start it."""
    found = {name for file in python_files() for name in _READ_IN_CODE.findall(text_of(file))}
    for name in OTHER_READERS:
        found |= set(_VARIABLE.findall(text_of(ROOT / name)))
    return found


@cache
def variables_named() -> set[str]:
    """Wherever in our code, tests included."""
    files = [*python_files(), *(ROOT / name for name in OTHER_READERS)]
    files += [file for file in (ROOT / "tests").rglob("*.py") if file != Path(__file__)]
    return {name for file in files for name in _VARIABLE.findall(text_of(file))}


def error_codes() -> set[str]:
    found: set[str] = set()
    for file in python_files():
        for node in ast.walk(ast.parse(text_of(file))):
            if isinstance(node, ast.Call):
                found |= set(_codes_of_call(node))
            elif isinstance(node, ast.ClassDef):
                found |= set(_codes_of_class(node))
    return found - {""}


def _codes_of_call(node: ast.Call) -> Iterator[str]:
    """`SomeError(code="…")`, and the short forms `unreadable("…")` of the parsers."""
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    given = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
    if name.lstrip("_") == "unreadable":
        given += node.args[:1]
    yield from filter(None, map(_text, given))


def _codes_of_class(node: ast.ClassDef) -> Iterator[str]:
    """`code = "…"`, `code, status = "…", 409`, and the keys of `messages`, which has one for each code."""
    for line in node.body:
        if isinstance(line, ast.Assign | ast.AnnAssign):
            target = line.targets[0] if isinstance(line, ast.Assign) else line.target
            if ast.unparse(target) == "messages" and isinstance(line.value, ast.Dict):
                yield from filter(None, map(_text, line.value.keys))
            if isinstance(_first(target), ast.Name) and ast.unparse(_first(target)) == "code":
                yield _text(_first(line.value))


def _first(node: ast.expr | None) -> ast.expr | None:
    return node.elts[0] if isinstance(node, ast.Tuple) and node.elts else node


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"(?:^|[\s;]|…)make ([a-z][a-z-]*)\s*(?:$|[A-Z;])", code_in(page), re.MULTILINE))
    assert named - make_targets() == set()


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_management_command_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"\bmanage\.py ([a-z_]+)", code_in(page)))
    assert named - commands() == set()


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_variable_that_is_named_is_read_somewhere(page: Path) -> None:
    assert set(_VARIABLE.findall(text_of(page))) - variables_named() == set()


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = {path.rstrip("./") for path in _PATH.findall(code_in(page)) if "<" not in path}
    made_by_hand = {path for path in named if path.startswith("verticals/claims_handling")}
    assert sorted(path for path in named - made_by_hand if not _exists(path)) == []


def _exists(path: str) -> bool:
    """A pattern such as `rules/*.toml` is cut at its star by the search, so its folder must exist."""
    return (ROOT / path).exists() or bool(list(ROOT.glob(f"{path}*")))


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link for link in _LINK.findall(text_of(page)) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_variable_that_the_code_reads_is_documented() -> None:
    documented = set(re.findall(r"`([A-Z][A-Z_0-9]+)`", text_of(SETTINGS)))
    assert variables_read() - documented == set()


def test_every_error_code_is_documented() -> None:
    documented = set(re.findall(r"^\| `([a-z_]+)` \| \d{3} \|", text_of(API), re.MULTILINE))
    assert error_codes() == documented


def test_both_readmes_have_the_same_sections() -> None:
    levels = [re.findall(r"^(#+) ", _FENCE.sub("", text_of(page)), re.MULTILINE) for page in READMES]
    assert levels[0] == levels[1]


def test_both_readmes_give_the_same_commands() -> None:
    blocks = [[text for kind, text in _FENCE.findall(text_of(page)) if kind == "sh"] for page in READMES]
    assert blocks[0] == blocks[1]


def test_both_readmes_have_tables_and_lists_of_the_same_length() -> None:
    prose = [_FENCE.sub("", text_of(page)) for page in READMES]
    rows = [len(re.findall(r"^(?:\||- |\d\. )", text, re.MULTILINE)) for text in prose]
    assert rows[0] == rows[1]


@pytest.mark.parametrize("page", ADRS, ids=names(tuple(ADRS)))
def test_every_decision_is_a_sentence_on_one_page(page: Path) -> None:
    text = text_of(page)
    title = text.splitlines()[0].removeprefix("# ")
    assert len(title.split()) >= 6, "a title says what was decided"
    assert title[0].isupper()
    assert not title.endswith(".")
    for heading in ("## Context", "## Decision", "## Consequences", "## Tried"):
        assert heading in text
    assert len(text.split()) < 700, "one page"


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(page.name[:4]) for page in ADRS] == list(range(1, len(ADRS) + 1))
