"""A setting that cannot be understood is an error at the start, never a silent default."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from sunmao.core import env

NAME = "SUNMAO_TEST_SETTING"
Reader = Callable[[], Any]


def _integer() -> int:
    return env.integer(NAME, 7)


def _boolean() -> bool:
    return env.boolean(NAME, True)


def _size() -> int:
    return env.size(NAME, "32MiB")


def _words() -> list[str]:
    return env.words(NAME, "a, b")


def _choice() -> str:
    return env.choice(NAME, "zh", ("zh", "en"))


@pytest.mark.parametrize(
    ("case", "reader", "value"),
    [
        ("a number", _integer, 7),
        ("a truth", _boolean, True),
        ("a size", _size, 33_554_432),
        ("words", _words, ["a", "b"]),
        ("a choice", _choice, "zh"),
    ],
)
def test_without_a_value_the_default_holds(
    monkeypatch: pytest.MonkeyPatch, case: str, reader: Reader, value: Any
) -> None:
    monkeypatch.delenv(NAME, raising=False)
    assert reader() == value


@pytest.mark.parametrize(
    ("given", "reader", "value"),
    [
        ("12", _integer, 12),
        ("-1", _integer, -1),
        ("no", _boolean, False),
        ("ON", _boolean, True),
        ("", _boolean, False),
        ("2 GiB", _size, 2_147_483_648),
        ("512", _size, 512),
        ("1kib", _size, 1024),
        (" x ,, y ", _words, ["x", "y"]),
        ("en", _choice, "en"),
    ],
)
def test_a_good_value_is_read(
    monkeypatch: pytest.MonkeyPatch, given: str, reader: Reader, value: Any
) -> None:
    monkeypatch.setenv(NAME, given)
    assert reader() == value


@pytest.mark.parametrize(
    ("given", "reader"),
    [
        ("many", _integer),
        ("1.5", _integer),
        ("perhaps", _boolean),
        ("32 megs", _size),
        ("-1MiB", _size),
        ("", _size),
        ("fr", _choice),
    ],
)
def test_a_bad_value_names_the_setting(monkeypatch: pytest.MonkeyPatch, given: str, reader: Reader) -> None:
    monkeypatch.setenv(NAME, given)
    with pytest.raises(ImproperlyConfigured, match=NAME):
        reader()


def test_a_secret_may_be_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hush\n", encoding="utf-8")
    monkeypatch.setenv(NAME, "ignored")
    monkeypatch.setenv(f"{NAME}_FILE", str(file))
    assert env.text(NAME) == "hush"
    file.unlink()
    with pytest.raises(ImproperlyConfigured, match=f"{NAME}_FILE cannot be read"):
        env.text(NAME)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://lin:p%40ss@db:5433/shop", ("shop", "lin", "p@ss", "db", "5433", {})),
        ("postgres://app@/shop?host=/run/pg", ("shop", "app", "", "/run/pg", "", {})),
        ("postgresql://db/shop?sslmode=require", ("shop", "", "", "db", "", {"sslmode": "require"})),
    ],
)
def test_a_database_is_a_url(url: str, expected: tuple[Any, ...]) -> None:
    found = env.database(url)
    assert tuple(found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")) == expected


def test_another_database_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured):
        env.database("mysql://db/shop")
