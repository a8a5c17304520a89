"""The parity check: a version may answer once all its forms say the same, and a difference is told where."""

from __future__ import annotations

from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import Forbidden
from sunmao.evaluation.parity import checking
from sunmao.evaluation.parity.comparing import Bounds, has_passed, held_against, told
from sunmao.jobs.models import JobState
from sunmao.modelhub import adapters, serving
from sunmao.modelhub.errors import ModelConflict
from sunmao.modelhub.models import AdapterVersion, BaseModel, ParityCheck
from tests.fixtures.cast import Cast
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.state import state_of, verbs_of
from tests.sunmao.modelhub import evil


@pytest.fixture
def version(cast: Cast, base_model: BaseModel) -> AdapterVersion:
    return adapters.import_archive(
        actor=cast.lin.actor, name="returns", base=base_model, chunks=[evil.good()]
    )


def _checked(cast: Cast, version: AdapterVersion) -> ParityCheck:
    asked = checking.check(actor=cast.lin.actor, version=version)
    run_waiting_jobs(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        asked.refresh_from_db()
        version.refresh_from_db()
        assert asked.job is not None
        asked.job.refresh_from_db()
        assert asked.job.state == JobState.SUCCEEDED, asked.job.error_code
    return asked


def test_a_version_answers_only_after_its_check(cast: Cast, version: AdapterVersion) -> None:
    with tenancy.scope(cast.hemu.pk), pytest.raises(ModelConflict) as caught:
        serving.served(version.pk)
    assert caught.value.code == "adapter_not_usable"
    asked = _checked(cast, version)
    assert (asked.passed, asked.apart, version.state) == (True, [], "ready")
    assert {form["name"]: (form["passed"], form["agreement"]) for form in asked.forms} == {
        "served": (True, 1.0),
        "merged": (True, 1.0),
        "quantised": (None, 1.0),
        "server": (None, 1.0),
    }
    with tenancy.scope(cast.hemu.pk):
        served = serving.served(version.pk)
    assert (served.name, served.model) == ("hemu.returns.v1", "tiny+hemu.returns.v1")
    assert (served.provider, served.filing_number) == ("Hemu Labs", "Beijing-123")
    assert verbs_of(cast.hemu, subject=version.pk) == [
        "adapter.imported", "parity.requested", "parity.finished",
    ]  # fmt: skip


def test_an_engine_that_forgets_the_scale_is_found_and_told_where(
    cast: Cast, version: AdapterVersion, monkeypatch: Any
) -> None:
    """The commonest mistake of those who serve adapters elsewhere."""
    from sunmao.inference.engines.local import adapters as shelf
    from sunmao.inference.engines.local import lora

    def forgetful(name: str, *, config: dict[str, Any], **more: Any) -> lora.Weights:
        return lora.read(name, config={**config, "lora_alpha": config["r"]}, **more)

    monkeypatch.setattr(shelf, "read", forgetful)
    asked = _checked(cast, version)
    assert (asked.passed, version.state) == (False, "refused")
    assert {form["name"]: form["passed"] for form in asked.forms}["merged"] is True
    first = asked.apart[0]
    assert (first["form"], first["prompt"]) == ("served", 1)
    assert 1 <= first["position"] <= 24
    assert first["wanted"] != first["given"]
    with tenancy.scope(cast.hemu.pk), pytest.raises(ModelConflict):
        serving.served(version.pk)


def test_a_merge_that_went_wrong_is_found(cast: Cast, version: AdapterVersion, monkeypatch: Any) -> None:
    from peft import PeftModel

    monkeypatch.setattr(PeftModel, "merge_and_unload", lambda self: self.unload(), raising=False)
    asked = _checked(cast, version)
    assert asked.passed is False
    assert {one["form"] for one in asked.apart} == {"merged"}


def test_only_who_manages_models_may_ask_for_one(cast: Cast, version: AdapterVersion) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        checking.check(actor=cast.zhou.actor, version=version)
    assert state_of(cast.hemu) == before


def test_free_answers_are_apart_from_the_first_other_token() -> None:
    form = held_against(
        "served", Bounds(0.9), wanted=[["a", "b", "c", "d"], ["e"]], given=[["a", "x", "c", "d"], ["e"]]
    )
    assert (form.agreement, form.passed) == (0.4, False)
    assert told([form]) == [
        {"form": "served", "prompt": 1, "position": 2, "wanted": "b", "given": "x", "distance": None}
    ]
    assert not has_passed([form])


def test_scores_that_are_too_far_are_told_even_when_the_token_is_the_same() -> None:
    form = held_against(
        "merged", Bounds(1.0, 0.1), wanted=[["a", "b"]], given=[["a", "b"]], distances=[[0.01, 0.5]]
    )
    assert (form.agreement, form.distance, form.passed) == (1.0, 0.5, False)
    assert told([form])[0]["position"] == 2


def test_nothing_that_was_asked_is_no_pass() -> None:
    assert not has_passed([])
