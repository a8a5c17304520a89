"""A list without rows says what it lacks; one that a filter emptied leads back."""

from __future__ import annotations

from tests.fixtures import Cast


def test_a_list_without_rows_names_the_next_step(cast: Cast) -> None:
    page = cast.lin.client.get("/console/runs/training/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "Nothing was trained yet. A training needs a base model" in page
    assert 'href="/console/runs/training/add/"' in page


def test_a_filter_that_leaves_nothing_leads_back_to_all(cast: Cast) -> None:
    page = cast.lin.client.get("/console/runs/training/?state__exact=failed", HTTP_ACCEPT_LANGUAGE="en")
    told = page.content.decode()
    assert "Nothing was trained yet" not in told
    assert '<a href="?" class="set-button">' in told
