"""Without a vertical everything else runs; with one command there is a new one, and its tests pass."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import copy_of_the_tree, run_in

SETTINGS = Path("apps/config/settings/__init__.py")
IN_DJANGO = "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'apps.config.settings'\n"
IMPORT_ALL = """
import django
django.setup()
from django.urls import get_resolver, reverse
get_resolver().url_patterns
import apps.config.celery, importlib.util
medical = importlib.util.find_spec("verticals.medical")
print(reverse("customer_service:work"), reverse("contract_review:work"), medical)
import verticals
print(verticals.__file__)
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copy_of_the_tree(tmp_path / "copy")


def test_without_medical_everything_else_runs(tree: Path) -> None:
    shutil.rmtree(tree / "verticals" / "medical")
    text = (tree / SETTINGS).read_text(encoding="utf-8")
    assert text.count('    "medical",\n') == 1
    (tree / SETTINGS).write_text(text.replace('    "medical",\n', ""), encoding="utf-8")

    checked = run_in(tree, "manage.py", "check")
    assert (checked.returncode, checked.stderr) == (0, "")
    loaded = run_in(tree, "-c", f"{IN_DJANGO}{IMPORT_ALL}")
    assert loaded.returncode == 0, loaded.stderr
    first, second = loaded.stdout.split("\n")[:2]
    assert first == "/customer-service/ /contract-review/ None"
    assert second.startswith(str(tree))


def test_a_line_without_its_folder_is_refused_at_the_start(tree: Path) -> None:
    shutil.rmtree(tree / "verticals" / "medical")
    checked = run_in(tree, "manage.py", "check")
    assert checked.returncode != 0
    assert "verticals.medical" in checked.stderr


def test_a_new_vertical_has_passing_tests(tree: Path) -> None:
    made = run_in(tree, "manage.py", "startvertical", "claims_handling", "--title", "Claims")
    assert made.returncode == 0, made.stderr
    assert '    "claims_handling",\n]' in (tree / SETTINGS).read_text(encoding="utf-8")
    assert (tree / "verticals" / "claims_handling" / "domain.py").is_file()
    assert run_in(tree, "manage.py", "check").returncode == 0
    tested = run_in(
        tree, "-m", "pytest", "-q", "verticals/claims_handling", "-p", "no:cacheprovider", timeout=240
    )
    assert tested.returncode == 0, tested.stdout[-3000:]
    assert "3 passed" in tested.stdout


def test_a_new_vertical_is_as_tidy_as_the_others(tree: Path) -> None:
    run_in(tree, "manage.py", "startvertical", "claims")
    for verb in (("check",), ("format", "--check")):
        tidy = subprocess.run(
            [sys.executable, "-m", "ruff", *verb, "--no-cache", "verticals/claims", "apps/config/settings"],
            cwd=tree,
            capture_output=True,
            text=True,
            check=False,
        )
        assert tidy.returncode == 0, tidy.stdout


NAMES = ("medical", "Claims", "claims-handling", "1claims", "class", "../claims", "")
REFUSE_ALL = """
import json, sys
from django.core.management import CommandError, call_command
told = []
for name in json.loads(sys.argv[1]):
    try:
        call_command("startvertical", name)
    except CommandError as error:
        told.append([name, str(error)])
print(json.dumps(told))
"""


def _what_a_start_changes(tree: Path) -> tuple[bytes, list[str], list[str]]:
    """What Python keeps compiled is nobody's change."""
    at_top, verticals = (
        sorted(path.name for path in folder.iterdir() if path.name != "__pycache__")
        for folder in (tree, tree / "verticals")
    )
    return (tree / SETTINGS).read_bytes(), at_top, verticals


def test_names_that_cannot_be_used_change_nothing(tree: Path) -> None:
    before = _what_a_start_changes(tree)
    asked = f"import django; django.setup()\n{REFUSE_ALL}"
    tried = run_in(tree, "-c", f"{IN_DJANGO}{asked}", json.dumps(NAMES))
    assert tried.returncode == 0, tried.stderr
    assert [name for name, _said in json.loads(tried.stdout)] == [*NAMES]
    assert _what_a_start_changes(tree) == before


def test_whoever_asks_for_one_in_a_shell_is_told_so(tree: Path) -> None:
    before = _what_a_start_changes(tree)
    refused = run_in(tree, "manage.py", "startvertical", "medical")
    assert refused.returncode == 1
    assert refused.stderr.startswith("CommandError:")
    assert _what_a_start_changes(tree) == before
