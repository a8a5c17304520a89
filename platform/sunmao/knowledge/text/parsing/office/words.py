"""The words of a Word paragraph: tracked changes accepted, comments and field codes left out.

ECMA-376 part 1, §17. An inserted run counts, a deleted one does not; of an alternative only the first choice
is read, because the second says the same for older programs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"

_LEFT_OUT = frozenset(
    f"{W}{name}"
    for name in ("del", "moveFrom", "instrText", "delInstrText", "delText", "pPr", "rPr", "sdtPr", "tblPr")
)
_BREAKS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_NOTES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_OFF = frozenset({"0", "false", "off", "none"})
_TINY = 4
"""Half points: nobody reads two points."""
_LIGHT = frozenset({"FFFFFF", "FEFEFE", "FDFDFD"})
_GENERATIONS = 5


@dataclass
class Words:
    """`text` as it reads, the boxes anchored in it, the notes it refers to, and what nobody sees."""

    text: str = ""
    boxes: list[Any] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)


def words_of(paragraph: Any) -> Words:
    found, said = Words(), list[str]()
    for element in _walk(paragraph, found):
        tag = element.tag
        if tag == f"{W}t" or tag == f"{M}t":
            unseen = is_hidden(element)
            (found.hidden if unseen else said).append(element.text or "")
        elif tag == f"{W}br" and element.get(f"{W}type") == "page":
            continue
        elif tag in _BREAKS:
            said.append(_BREAKS[tag])
        elif tag in _NOTES:
            found.notes.append((_NOTES[tag], element.get(f"{W}id", "")))
            said.append(f"[^{element.get(f'{W}id', '')}]")
    found.text = "".join(said).replace("\r", "")
    return found


def _walk(root: Any, found: Words) -> Iterator[Any]:
    """Every element in reading order, without what is not read. A stack, because depth is the author's."""
    waiting = list(reversed(root))
    while waiting:
        element = waiting.pop()
        tag = element.tag
        if not isinstance(tag, str) or tag in _LEFT_OUT:
            continue
        if tag == f"{W}txbxContent":
            found.boxes.append(element)
            continue
        yield element
        waiting.extend(reversed(_choice(element) if tag == f"{MC}AlternateContent" else element))


def _choice(alternatives: Any) -> list[Any]:
    chosen = alternatives.find(f"{MC}Choice")
    return [chosen if chosen is not None else child for child in alternatives][:1]


def is_hidden(text: Any) -> bool:
    """Marked as hidden, white on nothing, or too small to read."""
    run = text.getparent()
    properties = run.find(f"{W}rPr") if run is not None else None
    hiding = [one for one in (properties if properties is not None else ()) if _hides(one)]
    return any(one.tag != f"{W}color" or not _is_shaded(run) for one in hiding)


def _hides(said: Any) -> bool:
    value = said.get(f"{W}val")
    if said.tag == f"{W}vanish":
        return (value or "1").lower() not in _OFF
    if said.tag == f"{W}sz":
        return (value or "").isdecimal() and int(value) <= _TINY
    return said.tag == f"{W}color" and (value or "").upper() in _LIGHT


def hiding_styles(styles: Any) -> dict[str, list[Any]]:
    """By a style's id what it hides letters with, what it inherits included."""
    known = {style.get(f"{W}styleId", ""): style for style in styles.findall(f"{W}style")}
    own = {name: [one for one in style.iterfind(f"{W}rPr/*") if _hides(one)] for name, style in known.items()}
    parents = {name: style.find(f"{W}basedOn") for name, style in known.items()}
    for _generation in range(_GENERATIONS):
        for name, parent in parents.items():
            inherited = own.get(parent.get(f"{W}val", ""), []) if parent is not None else []
            own[name] = own[name] or inherited
    return {name: hiding for name, hiding in own.items() if hiding}


def hide(styles: Mapping[str, list[Any]], roots: Iterable[Any]) -> None:
    """Write into every run what its styles hide it with, unless it says otherwise itself."""
    for run in (run for root in roots if styles for run in root.iter(f"{W}r")):
        properties = run.find(f"{W}rPr")
        if properties is None:
            properties = run.makeelement(f"{W}rPr")
            run.insert(0, properties)
        for hiding in (one for style in _styles_of(run, properties) for one in styles.get(style, ())):
            if properties.find(hiding.tag) is None:
                properties.append(deepcopy(hiding))


def _styles_of(run: Any, properties: Any) -> list[str]:
    paragraph = next(run.iterancestors(f"{W}p"), None)
    named = [properties.find(f"{W}rStyle")]
    named += [paragraph.find(f"{W}pPr/{W}pStyle")] if paragraph is not None else []
    return [one.get(f"{W}val", "") for one in named if one is not None]


def _is_shaded(run: Any) -> bool:
    """Something dark may lie behind: white letters in the head of a table are meant to be read."""
    for above in (run, *run.iterancestors()):
        for name in ("rPr", "pPr", "tcPr", "tblPr"):
            properties = above.find(f"{W}{name}")
            if properties is not None and properties.find(f"{W}shd") is not None:
                return True
        if above.tag in (f"{W}txbxContent", f"{W}tbl"):
            return True
    return False


__all__ = ["MC", "M", "W", "Words", "hide", "hiding_styles", "is_hidden", "words_of"]
