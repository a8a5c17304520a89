"""Taking a base model into the encrypted store through the API and the console."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.modelhub.models import BaseModel
from tests.fixtures.cast import Cast
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.state import state_of, verbs_of

ADDRESS = "/api/v1/models/bases"


@pytest.fixture(autouse=True)
def place(settings: Any, tiny_base: Path) -> None:
    settings.SUNMAO_MODELS = tiny_base.parent


def _shown(cast: Cast, name: str = "house") -> Any:
    return cast.lin.client.get(f"{ADDRESS}/{name}").json()


def _added(cast: Cast, **more: Any) -> Any:
    body = {"name": "house", "source": "base", **more}
    return cast.lin.client.post(ADDRESS, body, content_type="application/json")


def test_one_that_is_added_to_be_kept_is_kept_once_it_was_read(cast: Cast) -> None:
    made = _added(cast, keep=True)
    assert (made.status_code, made.json()["kept"]) == (201, False)
    run_waiting_jobs(cast.lin.actor)
    assert (_shown(cast)["state"], _shown(cast)["kept"]) == ("ready", True)


def test_one_that_is_there_is_kept_when_somebody_says_so(cast: Cast) -> None:
    _added(cast)
    run_waiting_jobs(cast.lin.actor)
    assert _shown(cast)["kept"] is False
    asked = cast.lin.client.post(f"{ADDRESS}/house/keep")
    assert (asked.status_code, asked.json()["state"]) == (200, "reading")
    run_waiting_jobs(cast.lin.actor)
    assert _shown(cast)["kept"] is True
    assert "base_model.kept" in verbs_of(cast.hemu)


def test_what_is_no_yes_or_no_is_refused(cast: Cast) -> None:
    before = state_of(cast.hemu)
    refused = _added(cast, keep="yes")
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["keep"])
    assert state_of(cast.hemu) == before


def test_another_house_cannot_keep_it(cast: Cast) -> None:
    _added(cast)
    run_waiting_jobs(cast.lin.actor)
    before = state_of(cast.hemu)
    assert cast.omar.client.post(f"{ADDRESS}/house/keep").status_code == 404
    assert cast.mei.client.post(f"{ADDRESS}/house/keep").status_code in (403, 404)
    assert state_of(cast.hemu) == before


def test_the_console_has_a_switch_and_a_button(cast: Cast) -> None:
    page = cast.lin.client.get("/console/modelhub/basemodel/add/").content.decode()
    assert 'name="keep"' in page
    form = {"name": "house", "source": "base", "quantisation": "none", "keep": "on"}
    assert cast.lin.client.post("/console/modelhub/basemodel/add/", form).status_code == 302
    with tenancy.scope(cast.hemu.pk):
        base = BaseModel.objects.get(slug="house")
    shown = f"/console/modelhub/basemodel/{base.pk}/change/"
    assert 'name="keep"' in cast.lin.client.get(shown).content.decode()
    run_waiting_jobs(cast.lin.actor)
    assert _shown(cast)["kept"] is True
    assert 'name="keep"' not in cast.lin.client.get(shown).content.decode()
