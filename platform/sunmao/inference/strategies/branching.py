"""Tree of thought (Yao et al. 2023) as a bounded beam: propose steps, grade them, keep the best, go on.

`depth`, `width` and `beam` bound the calls: depth × beam × (1 + width) + 1 at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sunmao.inference.engine import Engine, Event, Finished, GenerationRequest, events_of
from sunmao.inference.strategies.reasoning import answer_of
from sunmao.inference.strategies.told import Told, text_of

PROPOSE = {
    "zh": (
        "现在不要给出最终答案。写出 {width} 个互不相同的下一步思路，每行一个，不加编号。"
        "\n\n已有步骤：\n{path}"
    ),
    "en": (
        "Do not give the final answer yet. Write {width} different next steps, one per line, without numbers."
        "\n\nSteps so far:\n{path}"
    ),
}
GRADE = {
    "zh": "为下面的思路打分：0 表示走不通，10 表示肯定正确。只写一个数字。\n\n{path}",
    "en": "Grade these steps: 0 leads nowhere, 10 is certainly right. Write one number only.\n\n{path}",
}
FINISH = {
    "zh": "按照下面的步骤写出最终答案，不要重复步骤：\n\n{path}",
    "en": "Write the final answer from these steps, without repeating them:\n\n{path}",
}
NONE = {"zh": "（无）", "en": "(none)"}
_LEAD = re.compile(r"^\s*(?:[-*•]|\d+[.)、:：])\s*")
_GRADE = re.compile(r"\d+(?:\.\d+)?")
LONGEST_STEP, GRADE_TOKENS = 400, 8


@dataclass(frozen=True)
class Path:
    steps: tuple[str, ...] = ()
    grade: float = 0.0

    @property
    def text(self) -> str:
        return "\n".join(f"{number}. {step}" for number, step in enumerate(self.steps, 1))


def branch(
    engine: Engine, request: GenerationRequest, *, told: Told, depth: int, width: int, beam: int
) -> Iterator[Event]:
    language = "zh" if request.language == "zh" else "en"
    paths = [Path()]
    grown = 0
    for _level in range(depth):
        if request.stopped():
            yield Finished("cancelled", told.tokens, told.prompt_tokens)
            return
        further = [
            Path((*path.steps, step))
            for path in paths
            for step in _proposed(engine, request, path, width, language, told)
        ]
        if not further:
            break
        grown += len(further)
        graded = _graded(engine, request, further, language, told)
        paths = sorted(graded, key=lambda path: -path.grade)[:beam]
    best = paths[0]
    told.notes["steps"], told.notes["tried"] = list(best.steps), grown
    asked = _with(request, FINISH[language].format(path=best.text)) if best.steps else request
    yield from told.watched(events_of(engine, asked), asked)


def _proposed(
    engine: Engine, request: GenerationRequest, path: Path, width: int, language: str, told: Told
) -> list[str]:
    ask = PROPOSE[language].format(width=width, path=path.text or NONE[language])
    text = _said(engine, [_with(request, ask)], told)[0]
    rows = [_LEAD.sub("", line).strip()[:LONGEST_STEP] for line in answer_of(text).splitlines()]
    return list(dict.fromkeys(row for row in rows if row))[:width]


def _graded(
    engine: Engine, request: GenerationRequest, paths: list[Path], language: str, told: Told
) -> list[Path]:
    asked = [
        replace(
            _with(request, GRADE[language].format(path=path.text)), temperature=0.0, max_tokens=GRADE_TOKENS
        )
        for path in paths
    ]
    texts = _said(engine, asked, told)
    return [replace(path, grade=_grade(text)) for path, text in zip(paths, texts, strict=True)]


def _grade(text: str) -> float:
    """What is no number from 0 to 10 is no grade."""
    match = _GRADE.search(text)
    value = float(match[0]) if match else 0.0
    return value if value <= 10 else 0.0


def _said(engine: Engine, asked: list[GenerationRequest], told: Told) -> list[str]:
    """All of them at once, for engines that answer several in one batch."""
    by_index: dict[int, list[Event]] = {}
    for index, event in engine.generate(asked):
        by_index.setdefault(index, []).append(event)
    texts = []
    for index, request in enumerate(asked):
        text, end = text_of(iter(by_index.get(index, [])))
        told.asked(request)
        told.written.append(text)
        told.finished(end)
        texts.append(text)
    return texts


def _with(request: GenerationRequest, ask: str) -> GenerationRequest:
    last = request.conversation[-1]
    messages = (*request.conversation[:-1], replace(last, content=f"{last.content}\n\n{ask}"))
    return replace(request, prompt=messages[-1].content, messages=messages, schema=None)


__all__ = ["branch"]
