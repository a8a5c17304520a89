"""System checks: what is declared wrongly is a message of `manage.py check`, not an error page later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.apps import apps
from django.core.checks import run_checks

from sunmao.core import checks
from sunmao.core.errors import NotFound
from sunmao.core.vertical import Task, Vertical, VerticalConfig, config_of, find_task, installed


def _codes(found: list[Any]) -> list[str]:
    return sorted({message.id for message in found})


def _declare(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    config = config_of("medical")
    monkeypatch.setattr(config, "vertical", replace(config.vertical, **changes))


def test_what_we_ship_is_declared_rightly() -> None:
    assert run_checks(tags=["verticals"]) == []
    assert [vertical.slug for vertical in installed()] == [
        "customer_service",
        "medical",
        "investment_advisory",
        "contract_review",
    ]


def test_two_verticals_of_one_name_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    _declare(monkeypatch, slug="customer_service")
    assert "sunmao.E001" in _codes(checks.verticals_are_declared(None))


@pytest.mark.parametrize(
    ("case", "changes", "code"),
    [
        ("a prompt without a file", {"tasks": (Task(name="ask", title="", prompt="poem"),)}, "sunmao.E002"),
        ("rules that are not there", {"tasks": (Task(name="ask", title="", rules="a.b.c"),)}, "sunmao.E004"),
        (
            "rules without their function",
            {"tasks": (Task(name="ask", title="", rules="verticals.medical.domain.sing"),)},
            "sunmao.E004",
        ),
        ("a default task that is none", {"default_task": "sing"}, "sunmao.E005"),
    ],
)
def test_an_incomplete_declaration_is_told(
    monkeypatch: pytest.MonkeyPatch, case: str, changes: dict[str, Any], code: str
) -> None:
    _declare(monkeypatch, **changes)
    assert _codes(checks.verticals_are_complete(None)) == [code]


def test_a_line_in_the_settings_without_a_declaration_is_told(settings: Any) -> None:
    settings.VERTICALS = [*settings.VERTICALS, "astrology"]
    assert _codes(checks.verticals_are_declared(None)) == ["sunmao.E003"]


def test_the_base_class_is_never_taken_for_a_vertical() -> None:
    assert VerticalConfig.default is False
    assert all(type(apps.get_app_config(vertical.slug)).default for vertical in installed())


@pytest.mark.parametrize("name", ["medical.ask", "medical", "medical."])
def test_a_task_is_found_by_name_or_as_the_default(name: str) -> None:
    vertical, task = find_task(name)
    assert (vertical.slug, task.name) == ("medical", "ask")


@pytest.mark.parametrize("name", ["", ".", "medical.sing", "astrology.ask", "medical.ask.more"])
def test_an_unknown_task_is_not_found(name: str) -> None:
    with pytest.raises(NotFound) as caught:
        find_task(name)
    assert caught.value.code == "unknown_task"


def test_the_base_of_a_vertical_is_called_as_its_address() -> None:
    assert (
        Vertical(
            slug="contract_review", title="", tagline="", accent="", icon="", notice="", tasks=()
        ).base_slug
        == "contract-review"
    )


@pytest.mark.parametrize(
    ("case", "row", "word"),
    [
        ("a superuser", (True, False, False), "a superuser"),
        ("one who may bypass", (False, True, False), "allowed to bypass row-level security"),
        ("the owner", (False, False, True), "the owner of tables"),
        ("nobody", None, "unknown"),
    ],
)
def test_a_role_that_row_security_does_not_bind_is_refused(case: str, row: Any, word: str) -> None:
    error = checks._role_error(row)
    assert error.id == "sunmao.E010"
    assert word in error.msg
