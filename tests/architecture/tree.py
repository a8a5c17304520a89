"""The source tree, and copies of it that a test may change."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUNMAO = ROOT / "platform" / "sunmao"
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "node_modules", "build", "dist", "docs", ".*_cache")
# Lowest first; apps of the same place may not know each other. The list is import-linter's (pyproject.toml).
ORDER = (
    ("core",),
    ("ui",),
    ("audit",),
    ("accounts",),
    ("jobs",),
    ("guards",),
    ("knowledge", "prompts", "modelhub"),
    ("releases", "inference"),
    ("answering",),
    ("evaluation",),
    ("training",),
)


def place_of(app: str) -> int:
    return next(place for place, apps in enumerate(ORDER) if app in apps)


def python_files(folder: Path) -> Iterator[Path]:
    """Sources without tests and migrations."""
    for file in sorted(folder.rglob("*.py")):
        if not {"tests", "migrations"} & set(file.relative_to(folder).parts):
            yield file


def strings_of(file: Path) -> Iterator[str]:
    """Every text in the code, docstrings left out."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spoken:
            yield node.value


def imports_of(file: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def copy_of_the_tree(target: Path) -> Path:
    shutil.copytree(ROOT, target, ignore=LEFT_OUT)
    return target


def run_in(
    folder: Path, *arguments: str, home: Path | None = None, timeout: int = 120
) -> subprocess.CompletedProcess[str]:
    """Run Python in a copy; its own sources come before those of the editable installation."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("SUNMAO_", "DJANGO_"))
    }
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(folder), str(folder / "platform")]),
        "SUNMAO_HOME": str(home or folder / "var"),
        "SUNMAO_SECRET_KEY": "a key for tests only",
        "LANG": "en_US.UTF-8",
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
