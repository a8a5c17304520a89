"""What a Word style means for the text: a heading, a list item, a line of a table of contents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sunmao.knowledge.text.parsing.office.words import W

_HEADING = re.compile(r"(?:heading|标题)\s*(\d)", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|目录)\s?(?:\d|heading)", re.IGNORECASE)
_DEEPEST = 6
_BODY_TEXT = 9
"""The outline level of ordinary text, counted from 0."""


@dataclass(frozen=True)
class Style:
    """`level` is 0 for anything but a heading; `number` is a list's id and level, if the style counts."""

    level: int = 0
    is_item: bool = False
    is_contents: bool = False
    number: tuple[str, int] | None = None


def styles_of(root: Any | None) -> dict[str, Style]:
    """Style id → what it means."""
    if root is None:
        return {}
    return {style.get(f"{W}styleId", ""): _style(style) for style in root.findall(f"{W}style")}


def number_in(properties: Any | None) -> tuple[str, int] | None:
    """The list and the level that `w:numPr` names."""
    numbering = properties.find(f"{W}numPr") if properties is not None else None
    if numbering is None:
        return None
    number, level = numbering.find(f"{W}numId"), numbering.find(f"{W}ilvl")
    at = level.get(f"{W}val", "0") if level is not None else "0"
    return (number.get(f"{W}val", "") if number is not None else "", int(at) if at.isdecimal() else 0)


def outline_level(properties: Any | None) -> int:
    """1 to 6 for what Word shows in its outline, else 0."""
    level = properties.find(f"{W}outlineLvl") if properties is not None else None
    value = level.get(f"{W}val", "") if level is not None else ""
    return min(int(value) + 1, _DEEPEST) if value.isdecimal() and int(value) < _BODY_TEXT else 0


def _style(style: Any) -> Style:
    name = style.find(f"{W}name")
    said = name.get(f"{W}val", "") if name is not None else ""
    heading = _HEADING.match(said)
    properties = style.find(f"{W}pPr")
    level = min(_DEEPEST, int(heading[1]) or 1) if heading else outline_level(properties)
    is_contents = bool(_CONTENTS.match(said))
    return Style(
        level=0 if is_contents else 1 if said.lower() == "title" else level,
        is_item=said.lower().startswith("list"),
        is_contents=is_contents,
        number=number_in(properties),
    )


__all__ = ["Style", "number_in", "outline_level", "styles_of"]
