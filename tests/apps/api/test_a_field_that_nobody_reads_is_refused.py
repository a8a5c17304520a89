"""A body may only name what its endpoint reads: what is ignored would be thought obeyed."""

from __future__ import annotations

import pytest
from django.urls import get_resolver

from apps.api.views.base import DoorView
from tests.fixtures import Cast, state_of

pytestmark = pytest.mark.django_db


def test_a_misspelt_field_changes_nothing(cast: Cast) -> None:
    before = state_of(cast.hemu)
    said = {"task": "customer_service.ask", "changes": {"retrieval": {"top_k": 3}}, "adapter": "polite.v1"}
    response = cast.lin.client.post("/api/v1/releases", said, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_input")
    assert list(response.json()["fields"]) == ["adapter"]
    assert state_of(cast.hemu) == before


def test_every_json_body_of_the_api_is_held_to_its_shape() -> None:
    """All but the body of a task, whose fields are its own."""
    found = [
        getattr(view, method)
        for view in _views()
        for method in ("post", "put", "patch")
        if hasattr(view, method)
    ]
    assert len(found) > 100
    assert sum(one.known_fields is not None for one in found if hasattr(one, "known_fields")) > 60


def _views() -> set[type[DoorView]]:
    rows, views = [get_resolver()], set()
    while rows:
        for row in rows.pop().url_patterns:
            if hasattr(row, "url_patterns"):
                rows.append(row)
            elif issubclass(getattr(row.callback, "cls", object), DoorView):
                views.add(row.callback.cls)
    return views
