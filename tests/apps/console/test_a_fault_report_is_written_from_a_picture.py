"""Upload a picture, ask, read the report; whatever cannot be read is told where it was asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sunmao.evaluation.playground import starting, working
from sunmao.inference.engine import Finished, GenerationRequest
from sunmao.prompts.installing import install
from tests.fixtures import Cast, state_of
from tests.sunmao.inference.strategies.ruled import Ruled

PAGE = "/console/prompts/prompt/fault-report/"
QUESTION = "Why does the flange leak?"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


class _CutShort(Ruled):
    def generate(self, requests: Any) -> Any:
        for index, event in super().generate(requests):
            yield index, replace(event, reason="length") if isinstance(event, Finished) else event


def _rule(request: GenerationRequest) -> str:
    turn = request.conversation[-1]
    return f"## What is seen\n\n1. {len(turn.images)} picture. <b>Water</b>"


@pytest.fixture(autouse=True)
def _pack(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    install(actor=cast.lin.actor)
    monkeypatch.setattr(working, "engine_named", lambda name: _CutShort(_rule, images=True))


def _asked(cast: Cast, photo: bytes) -> Any:
    given = {"value-question": QUESTION, "versions": "1", "engines": "openai"}
    return cast.lin.client.post(PAGE, {**given, "image-photo": SimpleUploadedFile("pump.png", photo)})


def test_the_report_is_read_on_its_own_page_and_says_that_it_was_cut(cast: Cast, work_off: Any) -> None:
    told = _asked(cast, PNG)
    assert told.status_code == 302
    work_off(cast.lin.actor)
    shown = cast.lin.client.get(told["Location"]).content.decode()
    assert "1 picture. &lt;b&gt;Water&lt;/b&gt;" in shown
    assert "This answer is not complete" in shown
    assert f'href="{PAGE}"' in shown


@pytest.mark.parametrize(
    ("photo", "said"),
    [
        pytest.param(PNG + bytes(starting.LARGEST_IMAGE), "photo is too large", id="a picture too large"),
        pytest.param(b"MZ" + bytes(40), "photo is no picture", id="a program"),
        pytest.param(b"", "photo is missing", id="an empty file"),
    ],
)
def test_a_picture_that_cannot_be_read_is_told_beside_the_question(
    cast: Cast, photo: bytes, said: str
) -> None:
    before = state_of(cast.hemu)
    told = _asked(cast, photo)
    shown = told.content.decode()
    assert (told.status_code, said in shown) == (200, True)
    assert QUESTION in shown
    assert 'name="image-photo"' in shown
    assert state_of(cast.hemu) == before
