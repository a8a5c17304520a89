"""`platform/` is an import root beside a standard module of the same name: three guards keep that safe."""

from __future__ import annotations

import platform
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, SUNMAO, imports_of

DOMAINS = sorted(
    [*(ROOT / "verticals").glob("*/domain.py"), *(ROOT / "verticals").glob("*/domain/__init__.py")]
)


def test_platform_is_no_package() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert platform.python_implementation() == "CPython"


def test_platform_holds_no_conftest() -> None:
    assert not (ROOT / "platform" / "conftest.py").exists()
    assert [path.name for path in (ROOT / "platform").iterdir() if path.name != "__pycache__"] == ["sunmao"]


def test_pytest_looks_for_namespace_packages() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"][
        "ini_options"
    ]
    assert options["consider_namespace_packages"] is True
    assert "--import-mode=importlib" in options["addopts"]


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {
        file.parent for root in (ROOT / "tests", ROOT / "verticals") for file in root.rglob("test_*.py")
    }
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []
    assert len(folders) >= 15


@pytest.mark.parametrize("file", DOMAINS, ids=lambda file: file.relative_to(ROOT / "verticals").parts[0])
def test_the_rules_of_a_vertical_need_the_standard_library_only(file: Path) -> None:
    """Their own modules beside them count as they do."""
    vertical = ROOT / "verticals" / file.relative_to(ROOT / "verticals").parts[0]
    waiting = [file] if file.name == "domain.py" else sorted(file.parent.rglob("*.py"))
    seen: set[Path] = set()
    while waiting:
        current = waiting.pop()
        seen.add(current)
        for name in imports_of(current):
            inner = name.removeprefix(f"verticals.{vertical.name}.").replace(".", "/")
            own = next(
                (
                    path
                    for path in (vertical / f"{inner}.py", vertical / inner / "__init__.py")
                    if path.is_file()
                ),
                None,
            )
            if name.startswith(f"verticals.{vertical.name}.") and own:
                waiting += [own] if own not in seen else []
            else:
                assert name.partition(".")[0] in sys.stdlib_module_names, f"{current} imports {name}"


def test_every_vertical_has_its_rules() -> None:
    assert len(DOMAINS) == len(
        [folder for folder in (ROOT / "verticals").iterdir() if (folder / "apps.py").exists()]
    )


def test_no_module_of_ours_hides_a_standard_one() -> None:
    tops = {
        path.stem
        for root in (ROOT, ROOT / "platform")
        for path in root.iterdir()
        if (path / "__init__.py").exists()
    }
    assert tops == {"apps", "sunmao", "tests", "verticals"}
    assert SUNMAO.is_dir()
