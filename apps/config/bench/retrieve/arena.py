"""One base, one kind of search: everyone answers the same questions, on topic and off topic, in one race."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from apps.config.bench.corpus.questions import OFF, ON, Question
from apps.config.bench.corpus.truth import Truth
from apps.config.bench.peers import Peer
from apps.config.bench.race import Contender
from apps.config.bench.retrieve.load import Loaded
from apps.config.bench.retrieve.ours import Ours
from apps.config.bench.retrieve.usual import Usual
from apps.config.bench.session import Session
from sunmao.knowledge import retrieval

TOPICS = (ON, OFF)
TEXT_WAYS = ("usual", "planner")


@dataclass(frozen=True)
class Arena:
    """One base as everybody sees it. A contender's name ends in the topic of its questions."""

    base: Loaded
    questions: Mapping[str, list[Question]]
    sessions: Mapping[str, Session]
    peers: Sequence[Peer] = ()

    @property
    def count(self) -> int:
        return len(self.questions[ON])

    def dense(self) -> Iterator[Contender]:
        for topic in TOPICS:
            ours = self._ours(topic)
            yield Contender(f"ours.{topic}", ours.dense, ours.session.cpu)
            for way, session in self._others():
                yield Contender(f"{way}.{topic}", self._usual(way, topic).dense, session.cpu)
            for peer in self.peers:
                yield Contender(f"{peer.name}.{topic}", self._asking(peer, topic))

    def lexical(self) -> Iterator[Contender]:
        for topic in TOPICS:
            ours = self._ours(topic)
            yield Contender(f"ours.{topic}", ours.lexical, ours.session.cpu)
            for way in TEXT_WAYS:
                yield Contender(f"{way}.{topic}", self._usual(way, topic).text, self.sessions[way].cpu)

    def dense_truths(self) -> dict[str, list[Truth]]:
        return {topic: self._ours(topic).dense_truths() for topic in TOPICS}

    def lexical_truths(self) -> dict[str, list[Truth]]:
        return {topic: self._ours(topic).lexical_truths() for topic in TOPICS}

    def _others(self) -> Iterator[tuple[str, Session]]:
        return ((way, session) for way, session in self.sessions.items() if way != "ours")

    def _ours(self, topic: str) -> Ours:
        return Ours(self.sessions["ours"], self.base, self.questions[topic])

    def _usual(self, way: str, topic: str) -> Usual:
        return Usual(way, self.sessions[way], self.base, self.questions[topic])

    def _asking(self, peer: Peer, topic: str) -> Callable[[int], list[int]]:
        questions = self.questions[topic]
        return lambda number: peer.ask(self.base.plan, questions[number].vector, retrieval.CANDIDATES)
