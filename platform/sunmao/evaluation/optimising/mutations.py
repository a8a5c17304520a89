"""How one text becomes another: by rules, and by the model itself where one is asked."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sunmao.evaluation.optimising.genome import Genome, with_line

DEMANDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "equals": "只输出答案本身，不加解释、标点或前后缀。",
        "contains": "答案中照抄题目要求的关键词。",
        "json_schema": "只输出一个 JSON 对象，不要代码块和其他文字。",
        "max_length": "答案不超过 {value} 个字符。",
        "numbers": "写出所有相关数字，保留原文的单位。",
        "forbidden": "不要写：{value}。",
        "regex": "严格遵守规定的格式，一个字符也不多。",
        "any": "先核对再作答；不能确定时说明不能确定。",
    },
    "en": {
        "equals": "Output the answer alone, without explanation, punctuation or a lead-in.",
        "contains": "Repeat the key words that the task asks for.",
        "json_schema": "Output one JSON object only, without a code block or other text.",
        "max_length": "Use at most {value} characters.",
        "numbers": "Write every figure that matters, with its unit.",
        "forbidden": "Do not write: {value}.",
        "regex": "Keep exactly to the required form, with no character more.",
        "any": "Check before you answer; when you cannot be sure, say so.",
    },
}
Rewrite = Callable[[str], str]


def demands(language: str, checks: Sequence[Mapping[str, Any]]) -> list[str]:
    """What could be demanded, judging by the checks of the cases that are learnt from."""
    texts = DEMANDS[language]
    found = [texts["any"]]
    for one in checks:
        kind, value = str(one["kind"]), one["value"]
        if kind == "max_length":
            value = min(each["value"] for each in checks if each["kind"] == kind)
        said = "、".join(map(str, value)) if isinstance(value, list) else str(value)
        if kind != "forbidden" or len(said) <= 40:
            found.append(texts[kind].replace("{value}", said))
    return list(dict.fromkeys(found))


def mutated(
    genome: Genome, chance: random.Random, *, wanted: Sequence[str], pool: int, rewrite: Rewrite | None
) -> Genome:
    """One change, drawn from those that this text allows."""
    ways: list[Callable[[], Genome]] = [lambda: replace(genome, aloud=not genome.aloud)]
    missing = [line for line in wanted if line not in genome.lines]
    if missing:
        ways += [lambda: with_line(genome, chance.choice(missing))] * 3
    if genome.lines:
        ways += [lambda: _dropped(genome, chance), lambda: _moved(genome, chance)]
    unused = [place for place in range(pool) if place not in genome.shown]
    if unused and len(genome.shown) < 8:
        ways += [lambda: replace(genome, shown=(*genome.shown, chance.choice(unused)))] * 2
    if genome.shown:
        ways.append(lambda: replace(genome, shown=_without(genome.shown, chance)))
    if rewrite and genome.lines:
        ways += [lambda: _rewritten(genome, chance, rewrite)] * 3
    return chance.choice(ways)()


def crossed(one: Genome, other: Genome, chance: random.Random) -> Genome:
    """The demands of one, those of the other that chance adds, and the other's examples."""
    further = tuple(line for line in other.lines if line not in one.lines and chance.random() < 0.5)
    return replace(one, lines=one.lines + further, shown=other.shown)


def _dropped(genome: Genome, chance: random.Random) -> Genome:
    return replace(genome, lines=_without(genome.lines, chance))


def _without(given: tuple[Any, ...], chance: random.Random) -> tuple[Any, ...]:
    place = chance.randrange(len(given))
    return given[:place] + given[place + 1 :]


def _moved(genome: Genome, chance: random.Random) -> Genome:
    """To the end, where a model reads last."""
    place = chance.randrange(len(genome.lines))
    line = genome.lines[place]
    return replace(genome, lines=(*genome.lines[:place], *genome.lines[place + 1 :], line))


def _rewritten(genome: Genome, chance: random.Random, rewrite: Rewrite) -> Genome:
    place = chance.randrange(len(genome.lines))
    said = " ".join(rewrite(genome.lines[place]).split()).strip(' -*"“”')[:300]
    if not said or "{{" in said:
        return genome
    return replace(genome, lines=(*genome.lines[:place], said, *genome.lines[place + 1 :]))


__all__ = ["DEMANDS", "crossed", "demands", "mutated"]
