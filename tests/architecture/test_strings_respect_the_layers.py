"""What import-linter cannot see: names in settings, dotted paths, foreign keys, tasks, templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.apps import apps
from django.conf import settings
from django.db.models import ForeignObject, Model

from sunmao.jobs.registry import kinds
from tests.architecture.tree import ORDER, ROOT, SUNMAO, place_of, python_files, strings_of

APPS = sorted(path.name for path in SUNMAO.iterdir() if (path / "__init__.py").exists())
VERTICALS = sorted(path.parent.name for path in (ROOT / "verticals").glob("*/apps.py"))
DOORS = ("api", "portal", "console")
INHERITANCE = re.compile(r"{%-?\s*(?:extends|include)\s+(\S+)")


def _strings(folder: Path) -> Iterator[tuple[Path, str]]:
    for file in python_files(folder):
        for text in strings_of(file):
            yield file, text


def test_every_app_has_its_place() -> None:
    assert [app for app in APPS if app not in {name for place in ORDER for name in place}] == []


def test_the_platform_names_no_vertical_and_no_door() -> None:
    named = re.compile(rf"^(?:verticals\.(?:{'|'.join(VERTICALS)})|apps\.)")
    found = [(file.name, text) for file, text in _strings(SUNMAO) if named.match(text)]
    # The way in for checks that look a vertical's app up by its name.
    assert found == []


@pytest.mark.parametrize("app", APPS)
def test_an_app_names_none_above_it(app: str) -> None:
    for file, text in _strings(SUNMAO / app):
        for other in set(re.findall(r"^sunmao\.(\w+)\.", text)) & set(APPS):
            allowed = other == app or place_of(other) < place_of(app)
            assert allowed, f"{file} names {text}"


@pytest.mark.parametrize("vertical", VERTICALS)
def test_a_vertical_names_no_other_vertical_and_no_door(vertical: str) -> None:
    others = [name for name in VERTICALS if name != vertical]
    named = re.compile(rf"^(?:verticals\.(?:{'|'.join(others)})\b|apps\.|(?:{'|'.join(others)}):)")
    assert [
        (file.name, text) for file, text in _strings(ROOT / "verticals" / vertical) if named.match(text)
    ] == []


@pytest.mark.parametrize("door", DOORS)
def test_a_door_names_no_vertical_and_no_other_door(door: str) -> None:
    """`customer_service.ask` as the default of a new key is the name of a task, not of a module."""
    others = [name for name in DOORS if name != door]
    named = re.compile(rf"^(?:verticals\.|apps\.(?:{'|'.join(others)})\b)")
    assert [(file.name, text) for file, text in _strings(ROOT / "apps" / door) if named.match(text)] == []


def _outer(model: type[Model]) -> str:
    """The app of a model; of an app inside an app, the outer one."""
    return model.__module__.split(".")[1]


def test_foreign_keys_point_down_or_sideways() -> None:
    checked = 0
    for model in apps.get_models(include_auto_created=True):
        if not model.__module__.startswith("sunmao."):
            continue
        for field in model._meta.get_fields():
            if isinstance(field, ForeignObject) and field.remote_field.model.__module__.startswith("sunmao."):
                here, there = _outer(model), _outer(field.remote_field.model)
                assert here == there or place_of(there) < place_of(here), f"{model.__name__}.{field.name}"
                checked += 1
    assert checked >= 10


def test_a_task_is_called_after_the_app_that_declares_it() -> None:
    current_app.loader.import_default_modules()
    ours = {name: task for name, task in current_app.tasks.items() if not name.startswith("celery.")}
    assert sorted(ours) == [
        "accounts.sweep_sign_ins",
        "accounts.tidy",
        "answering.answer",
        "answering.embed",
        "answering.media",
        "answering.mine_nightly",
        "answering.sweep",
        "audit.deliver",
        "audit.seal",
        "audit.tend",
        "evaluation.watch",
        "jobs.run",
        "jobs.sweep",
        "jobs.tidy_files",
        "knowledge.poll_sources",
        "knowledge.try",
    ]
    for name, task in ours.items():
        assert task.__module__.startswith(f"sunmao.{name.partition('.')[0]}.")


def test_a_task_is_sent_from_its_own_app() -> None:
    """Only the composition root knows the tasks of all."""
    current_app.loader.import_default_modules()
    names = [name for name in current_app.tasks if not name.startswith("celery.")]
    for file, text in _strings(SUNMAO):
        if text in names:
            assert file.relative_to(SUNMAO).parts[0] == text.partition(".")[0]
    for folder in ("verticals", "apps/api", "apps/portal", "apps/console"):
        assert [text for _, text in _strings(ROOT / folder) if text in names] == []


def test_a_kind_of_job_belongs_to_the_app_that_declares_it() -> None:
    kinds.cache_clear()
    checked = 0
    for app in apps.get_app_configs():
        place = ".".join(app.name.split(".")[:2])  # of an app inside an app: the outer one
        for kind in getattr(app, "job_kinds", ()):
            assert kind.name.partition(".")[0] in app.name.split("."), f"{app.name} declares {kind.name}"
            assert kind.handler.startswith(f"{place}."), f"{kind.name} is done by {kind.handler}"
            assert kind.queue in ("default", "cpu", "gpu")
            checked += 1
    assert checked == len(kinds()) > 0


def test_the_settings_install_the_platform_before_verticals_before_doors() -> None:
    installed = [
        name for name in settings.INSTALLED_APPS if name.startswith(("sunmao.", "verticals.", "apps."))
    ]
    ranks = [("sunmao", "verticals", "apps").index(name.partition(".")[0]) for name in installed]
    without_admin = [rank for rank, name in zip(ranks, installed, strict=True) if "console" not in name]
    assert without_admin == sorted(without_admin)
    assert [
        name.partition(".")[2] for name in installed if name.startswith("verticals.")
    ] == settings.VERTICALS
    assert sorted({name.split(".")[1] for name in installed if name.startswith("sunmao.")}) == APPS


def _templates() -> list[Path]:
    folders = [
        *SUNMAO.glob("*/templates"),
        *ROOT.glob("verticals/*/templates"),
        *ROOT.glob("apps/*/templates"),
    ]
    return [file for folder in folders for file in sorted(folder.rglob("*.html"))]


def test_there_are_templates_to_look_at() -> None:
    assert len(_templates()) > 30


@pytest.mark.parametrize("file", _templates(), ids=lambda file: str(file.relative_to(ROOT)))
def test_a_template_builds_on_ui_or_on_its_own_folder(file: Path) -> None:
    own = file.relative_to(next(parent for parent in file.parents if parent.name == "templates")).parts[0]
    allowed = {"ui", own} | ({"admin", "unfold"} if own == "console" else set())
    if own == "ui":
        allowed = {"ui"}
    for name in INHERITANCE.findall(file.read_text(encoding="utf-8")):
        assert name[0] in "\"'", f"{file} takes its parent from a variable"
        assert name.strip("\"'").partition("/")[0] in allowed, f"{file} builds on {name}"


def test_a_template_lies_in_a_folder_of_its_owners_name() -> None:
    for file in _templates():
        templates = next(parent for parent in file.parents if parent.name == "templates")
        assert file.relative_to(templates).parts[0] == templates.parent.name
