"""What marks a question and what marks an answer."""

from __future__ import annotations

import re

from sunmao.knowledge.text.headings import tidy

# Bounded repetitions: a search over long runs of white space must not take quadratic time.
_BEFORE = r"[\s\u3000]{0,40}(?:[-*+]\s{1,4})?(?:\d{1,4}[.、)]\s{0,4})?(?:\*\*|__)?"
_COLON = r"\s{0,4}(?:\*\*|__)?\s{0,4}[:：]\s{0,4}(?:\*\*|__)?\s{0,40}"
_QUESTION = re.compile(_BEFORE + r"(?:Q(?:uestion)?|问题?|提问)\s?\d{0,4}" + _COLON, re.IGNORECASE)
_ANSWER = re.compile(_BEFORE + r"(?:A(?:nswer)?|答案?|回答|回复|答复)\s?\d{0,4}" + _COLON, re.IGNORECASE)
_INLINE_ANSWER = re.compile(r"(?<=[?？。!！\s])(?:A(?:nswer)?|答|回答)\s{0,4}[:：]\s{0,40}")
_NUMBERING = re.compile(
    r"(?:\d{1,3}(?:\.\d{1,3})*[.、)]?\s*|[一二三四五六七八九十]+、\s*|[（(][一二三四五六七八九十\d]+[)）]\s*)"
)
_ASKS_FIRST = re.compile(
    r"(?:(?:how|what|why|when|where|who|which|can|could|does|do|is|are|should|may|will)\b"
    r"|如何|怎么|怎样|什么|为什么|为何|哪些|哪里|谁|能否|可否|是否)",
    re.IGNORECASE,
)
_ASKS_LAST = re.compile(r"(?:[?？]|吗|呢|怎么办|是什么|有哪些|什么意思)$")


def asks(line: str) -> int | None:
    """Where the words begin behind a question mark such as `Q:` or `问：`, None without one."""
    found = _QUESTION.match(line)
    return found.end() if found else None


def answers(line: str) -> int | None:
    """Where the words begin behind an answer mark such as `A:` or `答：`, None without one."""
    found = _ANSWER.match(line)
    return found.end() if found else None


def inline_answer(line: str) -> tuple[int, int] | None:
    """Start and end of an answer mark that stands behind the question in the same line."""
    found = _INLINE_ANSWER.search(line)
    return found.span() if found else None


def has_answer(line: str) -> bool:
    return answers(line) is not None or (asks(line) is not None and inline_answer(line) is not None)


def is_question(heading: str) -> bool:
    said = _NUMBERING.sub("", heading, count=1) if _NUMBERING.match(heading) else heading
    return bool(asks(said) is not None or _ASKS_FIRST.match(said) or _ASKS_LAST.search(said.rstrip("*_ ")))


def question_in(line: str) -> str:
    """The question itself, without its mark, numbering and emphasis."""
    said = line[asks(line) or 0 :].strip()
    if numbered := _NUMBERING.match(said):
        said = said[numbered.end() :]
    return tidy(said[asks(said) or 0 :].strip("*_ "))


__all__ = ["answers", "asks", "has_answer", "inline_answer", "is_question", "question_in"]
