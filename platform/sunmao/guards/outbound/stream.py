"""Generated text on its way out. Only the sentence that is being written is held back, and what may still
become something that must not be said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from sunmao.guards.outbound.canary import CanaryWatch
from sunmao.guards.outbound.links import open_markup, plain, unfinished
from sunmao.guards.outbound.numbers import Known
from sunmao.guards.outbound.own_words import OwnWords
from sunmao.guards.outbound.wording import ENDED, SENTENCE, Forbidden, Wording
from sunmao.guards.policy import policy

LONGEST = 600


class Stage(Protocol):
    """Something that a text passes on its way out, piece by piece."""

    def feed(self, chunk: str, /) -> str: ...

    def flush(self) -> str: ...


def through(stages: Iterable[Stage], text: str = "", *, last: bool = False) -> str:
    """A piece through all stages; `last` empties each into the next."""
    for stage in stages:
        text = stage.feed(text) + (stage.flush() if last else "")
    return text


@dataclass
class Noticed:
    """What was found on the way, for the findings of the answer."""

    canary: bool = False
    removed: list[str] = field(default_factory=list)
    wording: list[Forbidden] = field(default_factory=list)
    withheld_by: Forbidden | None = None
    numbers: list[str] = field(default_factory=list)


class Outgoing:
    """`feed` takes what the engine wrote and gives what may be shown; `flush` gives the rest.

    Once `withheld`, nothing more comes out: the answer is to be replaced.
    """

    def __init__(
        self,
        *,
        canary: str = "",
        wording: Wording | None = None,
        sources: Iterable[str] = (),
        known: Known | None = None,
        language: str = "zh",
    ) -> None:
        self.noticed = Noticed()
        self._watch = CanaryWatch(canary) if canary else None
        self._wording = wording or Wording()
        self._sources = tuple(sources)
        self._known = known
        self._language = language
        self._held = ""
        self._prompt: OwnWords | None = None

    def keep_secret(self, template: str) -> None:
        """Long runs of the template's own words are treated as its canary is."""
        self._prompt = OwnWords(template, sources=self._sources)

    def learn(self, text: str) -> None:
        """Something that was read while the answer is being written, and may be said from now on."""
        self._sources = (*self._sources, text)
        if self._known:
            self._known.learn(text)

    @property
    def withheld(self) -> bool:
        return self.noticed.canary or self.noticed.withheld_by is not None

    def feed(self, text: str) -> str:
        self._held += text
        self._read(text)
        if self.withheld or (self._watch and self._watch.pending):
            return ""
        cut = self._finished()
        ready, self._held = self._held[:cut], self._held[cut:]
        return self._checked(ready)

    def flush(self) -> str:
        if self.withheld:
            return ""
        ready, self._held = self._held, ""
        return self._checked(ready)

    def _read(self, text: str) -> None:
        if self._watch:
            self._watch.read(text)
            self.noticed.canary = self._watch.seen
        if self._prompt:
            self._prompt.read(text)
            self.noticed.canary = self.noticed.canary or self._prompt.seen

    def _finished(self) -> int:
        """Where the last whole sentence ends; a text without any is cut where a word does."""
        ends = [one.end() for one in SENTENCE.finditer(self._held) if ENDED.search(one[0])]
        cut = ends[-1] if ends else 0
        if cut == 0 and len(self._held) > LONGEST:
            cut = unfinished(self._held)
        return min(cut, open_markup(self._held[:cut]))

    def _checked(self, text: str) -> str:
        if self.withheld:
            return ""
        without = plain(text, allowed=self._sources)
        self.noticed.removed += without.removed
        said = [self._sentence(sentence) for sentence in SENTENCE.findall(without.text)]
        return "" if self.withheld else "".join(said)

    def _sentence(self, sentence: str) -> str:
        for rule in self._wording.hits(sentence):
            self.noticed.wording += [rule] if rule not in self.noticed.wording else []
            action = policy().wording[rule.severity]
            if action == "withhold":
                self.noticed.withheld_by = rule
                return ""
            if action == "rewrite":
                return _in_place(sentence, rule.instead.get(self._language, ""))
        return self._with_known_numbers(sentence)

    def _with_known_numbers(self, sentence: str) -> str:
        """A business line may say that a sentence with an unsupported figure is not to be read by anyone."""
        unknown = (
            self._known.unknown_in(sentence) if self._known and self._wording.numbers == "remove" else []
        )
        self.noticed.numbers += [number for number in unknown if number not in self.noticed.numbers]
        return _in_place(sentence, "") if unknown else sentence


def _in_place(sentence: str, instead: str) -> str:
    """The other sentence with this one's line end."""
    return instead + sentence[len(sentence.rstrip("\n")) :]
