"""What goes wrong around a page is told by a page of the product, with a stable code."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from apps.portal import context, views
from tests.fixtures import Cast


def test_a_form_without_its_token_gets_our_page(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    client.force_login(cast.mei.user)
    response = client.post("/customer-service/ask/", {"question": "May I return a sofa?"})
    assert response.status_code == 403
    assert "csrf_failed" in response.content.decode()
    assert "DEBUG" not in response.content.decode()


def _no_database(*_args: Any, **_kwargs: Any) -> Any:
    raise OperationalError("the server closed the connection unexpectedly")


def test_a_database_that_is_away_is_a_503_on_a_page(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "document_counts", _no_database)
    monkeypatch.setattr(context, "verticals_for", _no_database)  # the shell asks the database as well
    response = cast.lin.client.get("/")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "database_unavailable" in response.content.decode()


def test_a_database_that_is_away_is_a_503_for_a_channel(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.api.views.knowledge.bases_visible_to", _no_database)
    response = cast.lin.client.get("/api/v1/bases")
    assert (response.status_code, response.json()["code"]) == (503, "database_unavailable")
