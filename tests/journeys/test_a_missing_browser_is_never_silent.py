"""Browser tests are skipped aloud where there is no browser, and fail where a machine decides on a merge."""

from __future__ import annotations

import pytest

from tests.fixtures.browser import executable


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def test_it_is_a_reason_to_skip(no_browser: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no Chromium"):
        executable()


def test_it_fails_in_continuous_integration(no_browser: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no Chromium"):
        executable()
