"""An encoder of pictures may stand behind `/embeddings` too: each goes there as vLLM takes it."""

from __future__ import annotations

import io
from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import EngineFailure
from sunmao.jobs.models import Job, JobState
from sunmao.knowledge import encoders
from sunmao.knowledge.embedding.models import Medium, Space
from sunmao.knowledge.encoders import Pixels
from tests.fixtures import Cast, Ingest, WorkOff
from tests.fixtures.embedding_server import EmbeddingServer
from tests.sunmao.knowledge.sight.test_words_find_pictures import SHELF, _base, _found, _picture, _seen, word

SPEC = "openai:clip"


@pytest.fixture(autouse=True)
def _by_server(embedding_server: EmbeddingServer, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SUNMAO_ENCODERS, settings.SUNMAO_PICTURE_ENCODER = {}, SPEC
    monkeypatch.setattr("sunmao.knowledge.sandbox.reading.can_recognise", lambda: False)


def test_a_question_finds_the_picture_that_the_server_looked_at(
    cast: Cast, ingest: Ingest, work_off: WorkOff, embedding_server: EmbeddingServer
) -> None:
    from PIL import Image

    ingest(cast.zhou.actor, "covers.docx", word(_picture("red"), _picture("blue")), base=SHELF)
    work_off(cast.zhou.actor)
    sizes = [Image.open(io.BytesIO(data)).size for data in embedding_server.pictures]
    assert sizes == [(160, 160), (160, 160)]
    assert _seen(_found(cast.mei, _base(cast), "blue"))[:1] == ["Figure 2"]


def test_a_server_that_takes_no_pictures_is_named(
    cast: Cast, ingest: Ingest, work_off: WorkOff, embedding_server: EmbeddingServer
) -> None:
    embedding_server.blind = True
    with pytest.raises(EngineFailure) as refused:
        encoders.sighted(SPEC).encode_pictures([Pixels(1, 1, b"\xff\x00\x00")])
    assert refused.value.code == "encoder_sees_nothing"
    document = ingest(cast.zhou.actor, "covers.docx", word(_picture("red")), base=SHELF)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        assert Job.objects.get(pk=document.job_id).state == JobState.SUCCEEDED
        assert Space.objects.filter(medium=Medium.PICTURE, vectors__gt=0).count() == 0
