"""The same for a text that comes in pieces: what may still become part of a find is held back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sunmao.guards.personal.detecting import Language, detect
from sunmao.guards.personal.found import Found
from sunmao.guards.personal.masking import restore
from sunmao.guards.personal.policy import Policy, normal

_OPEN = re.compile(r"[<＜][^<＜>＞\n]{0,40}$")
# The end of a text that a number, an e-mail address or a plate could still grow out of.
_GROWING = re.compile(
    r"[0-9０-９A-Za-zＡ-Ｚａ-ｚ@＠._%+()（）:：·\s\u200b-\u200d\u2010-\u2015\u2212\uff0d\uff0e-]{1,96}$"
    r"|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z0-9 ·.-]{0,8}$"
)
_SENTENCE = re.compile(r"[。！？!?\n]|\.(?=\s)")
_LONGEST_SENTENCE = 400
_CONTEXT = 48


class StreamRestorer:
    """Puts back what placeholders stand for, also when one arrives in two pieces."""

    def __init__(self, surrogates: Mapping[str, str]) -> None:
        self.surrogates = surrogates
        self.held = ""

    def feed(self, chunk: str) -> str:
        if not self.surrogates:
            return chunk
        text = self.held + chunk
        open_ = _OPEN.search(text)
        cut = open_.start() if open_ else len(text)
        self.held = text[cut:]
        return restore(text[:cut], self.surrogates)

    def flush(self) -> str:
        text, self.held = restore(self.held, self.surrogates), ""
        return text


class Allowed:
    """Texts whose personal data may be said: the asker's own words, the passages that were read."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.text = "\n".join(normal(text) for text in texts)

    def learn(self, text: str) -> None:
        self.text += "\n" + normal(text)

    def __contains__(self, value: str) -> bool:
        return normal(value) in self.text


class StreamMask:
    """Masks personal data in a text that comes in pieces; `found` says what, without saying the values.

    Numbers are held back until they have ended; where the policy looks for names or addresses, sentences are.
    """

    def __init__(self, *, policy: Policy, language: Language, allowed: Allowed | None = None) -> None:
        self.policy, self.language = policy, language
        self.allowed = allowed or Allowed(())
        self.found: list[Found] = []
        self.held = ""
        self.said = ""

    def feed(self, chunk: str) -> str:
        text = self.held + chunk
        cut = self._cut(text)
        self.held = text[cut:]
        return self._masked(text[:cut])

    def flush(self) -> str:
        text, self.held = self.held, ""
        return self._masked(text)

    def _cut(self, text: str) -> int:
        growing = _GROWING.search(text)
        cut = growing.start() if growing else len(text)
        if self.policy.looks_for_names and len(text) < _LONGEST_SENTENCE:
            ends = [match.end() for match in _SENTENCE.finditer(text, 0, cut)]
            cut = ends[-1] if ends else 0
        return cut

    def _masked(self, text: str) -> str:
        """The end of what was said before is read again as context, and never changed."""
        if not text:
            return ""
        seen, pieces, last = self.said[-_CONTEXT:], [], 0
        offset = len(seen)
        for one in detect(seen + text, language=self.language):
            value = (seen + text)[one.start : one.end]
            if one.start < offset or self.policy.mode(one.kind) == "off":
                continue
            if self.policy.allows(value) or value in self.allowed:
                continue
            self.found.append(one)
            pieces += [text[last : one.start - offset], f"<{one.kind.upper()}>"]
            last = one.end - offset
        self.said = seen + text
        return "".join([*pieces, text[last:]])


__all__ = ["Allowed", "StreamMask", "StreamRestorer"]
