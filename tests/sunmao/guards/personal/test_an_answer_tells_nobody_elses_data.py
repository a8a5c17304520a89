"""A model writes personal data: the asker's own comes back to them, anybody else's does not get out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from sunmao.answering import steps
from sunmao.answering.models import AnswerRecord
from sunmao.core import streams, tenancy
from sunmao.inference.engine import Capabilities, Event, Finished, GenerationRequest, Token, in_turn
from tests.fixtures.cast import Cast

WARRANTY = "# 保修\n\n沙发的保修期是多久？沙发框架保修五年，客服邮箱 service@hemuhome.example。\n"
QUESTION = "我的手机是13812345678，沙发的保修期是多久？"


class Gossip:
    """Repeats the question's placeholder, a source's address, and an address that it has from elsewhere."""

    name, model, generative = "gossip", "gossip-1", True
    capabilities = Capabilities()

    def __init__(self) -> None:
        self.asked = ""

    def generate(self, requests: Sequence[GenerationRequest]) -> Iterator[tuple[int, Event]]:
        return in_turn(self._tell, requests)

    def _tell(self, request: GenerationRequest) -> Iterator[Event]:
        self.asked = request.prompt
        said = "保修五年[1]。我们会拨打<MOBILE_1>，或写信到service@hemuhome.example[1]。"
        said += "另一位客户的邮箱是other@qinghe.example。"
        yield from (Token(said[at : at + 3]) for at in range(0, len(said), 3))
        yield Finished("stop")


@pytest.fixture
def gossip(monkeypatch: pytest.MonkeyPatch) -> Gossip:
    engine = Gossip()
    monkeypatch.setattr(steps, "engine", lambda _name: engine)
    return engine


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    events: list[tuple[str, Any]] = []
    monkeypatch.setattr(streams, "publish", lambda _id, kind, data: events.append((kind, data)))
    return events


def test_the_asker_reads_their_own_number_and_no_other(
    cast: Cast,
    ingest: Any,
    ask: Callable[..., AnswerRecord],
    gossip: Gossip,
    told: list[tuple[str, Any]],
) -> None:
    ingest(cast.zhou.actor, "warranty.md", WARRANTY)

    answered = ask(cast.mei.actor, QUESTION)

    streamed = "".join(data["text"] for kind, data in told if kind == "token")
    assert "13812345678" in streamed
    assert "other@qinghe" not in streamed
    assert "service@hemuhome.example" in streamed
    assert "13812345678" not in gossip.asked
    with tenancy.scope(cast.hemu.pk):
        stored = AnswerRecord.objects.get(pk=answered.pk)
    assert "<MOBILE_1>" in str(stored.text)
    assert "<EMAIL>" in str(stored.text)
    assert "other@qinghe" not in str(stored.text)
    assert stored.guards["personal_data"]["answer"] == {"email": 1}
    notes = [one["severity"] for one in stored.findings if one["rule_id"] == "G-PERSONAL"]
    assert notes == ["info", "medium"]
