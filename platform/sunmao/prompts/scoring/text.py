"""A prompt as the checks read it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from sunmao.prompts.source import PromptSource

_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?")
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}")
_SENTENCE = re.compile(r"[^。！？；.!?;\n]+")
_CODE = re.compile(r"```.*?```|\{[^{}]*\}|`[^`\n]*`", re.DOTALL)


@dataclass(frozen=True)
class Text:
    """`said` is what the prompt itself says: no placeholders, no code, one form of each sign."""

    prompt: PromptSource
    source: str
    said: str

    @classmethod
    def of(cls, prompt: PromptSource, source: str) -> Text:
        return cls(prompt, source or prompt.template, _PLACEHOLDER.sub(" ", prompt.template))

    @cached_property
    def plain(self) -> str:
        return unicodedata.normalize("NFKC", self.said).casefold()

    @cached_property
    def prose(self) -> str:
        return _CODE.sub(" ", self.said)

    @property
    def is_chinese(self) -> bool:
        return self.prompt.language == "zh"

    @cached_property
    def length(self) -> int:
        """In words; a Chinese word has a little less than two characters."""
        return len(_WORD.findall(self.said)) + len(_HAN.findall(self.said)) * 6 // 10

    @cached_property
    def sentences(self) -> list[str]:
        return [one.strip(" -*#") for one in _SENTENCE.findall(self.prose) if len(one.strip(" -*#")) > 1]

    @cached_property
    def chinese_share(self) -> float:
        han, latin = len(_HAN.findall(self.prose)), len(_WORD.findall(self.prose))
        return han / (han + 2 * latin) if han + latin else 0.0

    def found(self, pattern: re.Pattern[str]) -> list[str]:
        """Distinct matches, as they are written."""
        return list(dict.fromkeys(match[0].strip() for match in pattern.finditer(self.said)))

    def has(self, pattern: re.Pattern[str]) -> bool:
        return bool(pattern.search(self.said))

    def placed(self, words: str) -> tuple[int, str]:
        """The line of the source in which the words stand; 0 when it was put together from parts."""
        at = self.source.find(words) if words else -1
        return (self.source.count("\n", 0, at) + 1 if at >= 0 else 0), words[:120]


__all__ = ["Text"]
