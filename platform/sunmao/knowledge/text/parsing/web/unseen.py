"""Text in a page that no reader sees: taken out, and kept apart for the guards to look at.

A page hides text by attribute, by style, by a class that a style sheet hides, in comments and in templates.
White letters count where nothing else colours what lies behind them.
What hides on paper only (`@media print`) is seen on the screen and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

_STYLED_AWAY = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d]*[1-9])"
    r"|font-size\s*:\s*(?:[01](?:\.\d+)?|\.\d+)\s*p[xt]"
    r"|opacity\s*:\s*0(?:\.0*)?(?![.\d])|(?:max-)?(?:height|width)\s*:\s*0(?:px)?\s*(?:;|$)"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}|clip\s*:\s*rect\(\s*0|color\s*:\s*transparent",
    re.IGNORECASE,
)
_WHITE = r"(?:#fff(?:fff)?|white|rgba?\(\s*255\s*,\s*255\s*,\s*255[^)]*\))"
_WHITE_LETTERS = re.compile(rf"(?<![-\w])color\s*:\s*{_WHITE}(?![\w])", re.IGNORECASE)
_BACKGROUND = re.compile(r"background(?:-color|-image)?\s*:", re.IGNORECASE)
_RULE = re.compile(r"([^{}@]{1,300})\{([^{}]{0,2000})\}")
_CONDITION = re.compile(
    r"@(?:media|supports|container)[^{}]{0,300}\{(?:[^{}]{0,300}\{[^{}]{0,2000}\}\s*){0,500}\}"
)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_MAX_RULES = 500
_PAINTED = "[style*=background], [bgcolor], [background], link[rel~=stylesheet]"
_SPOKEN = ("alt", "title", "aria-label", "aria-description", "placeholder", "summary")
_ASIDE = ("meta[content]", *(f"[{name}]" for name in _SPOKEN))
_SHORTEST = 6
"""Fewer signs are no order: the names of icons, widths, colours."""
_NEVER_SEEN = ("template", "noscript", "[hidden]", "input[type=hidden]")


def take_out(tree: LexborHTMLParser) -> list[str]:
    """Remove what is not seen; returns its texts."""
    found = [text for node in _unseen(tree) if (text := _take(node))]
    found += [said for comment in _comments(tree) if (said := " ".join(comment.split()))]
    return found


def said_aside(tree: LexborHTMLParser) -> list[str]:
    """What descriptions and attributes say, which this reader leaves out and another program may read."""
    nodes = {node.mem_id: node for selector in _ASIDE for node in _select(tree, selector)}
    names = ("content", *_SPOKEN)
    said = (" ".join((node.attributes.get(name) or "").split()) for node in nodes.values() for name in names)
    return [one for one in dict.fromkeys(said) if len(one) >= _SHORTEST]


def _take(node: LexborNode) -> str:
    # What a template holds is no child of it.
    held = node.template_fragments() if node.tag == "template" else [node]
    words = " ".join(inner.text(separator=" ") for inner in held)
    said = " ".join(words.split()) or (node.attributes.get("value") or "").strip()
    node.decompose()
    return said


def _unseen(tree: LexborHTMLParser) -> list[LexborNode]:
    """Outermost ones only: what lies inside goes with them."""
    chosen = {node.mem_id for selector in _NEVER_SEEN for node in _select(tree, selector)}
    chosen |= {node.mem_id for selector in _hiding_selectors(tree) for node in _select(tree, selector)}
    chosen |= {
        node.mem_id for node in tree.css("[style]") if _is_styled_away(node.attributes.get("style") or "")
    }
    chosen |= {node.mem_id for node in _white_fonts(tree)}
    found, waiting = [], [tree.body] if chosen and tree.body else []
    while waiting:
        for node in children_of(waiting.pop()):
            if node.mem_id in chosen:
                found.append(node)
            else:
                waiting.append(node)
    return found


def children_of(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def _is_styled_away(style: str) -> bool:
    return bool(
        _STYLED_AWAY.search(style) or (_WHITE_LETTERS.search(style) and not _BACKGROUND.search(style))
    )


def _hiding_selectors(tree: LexborHTMLParser) -> Iterator[str]:
    sheets = "\n".join(style.text() for style in tree.css("style"))
    plain = _CONDITION.sub("", _CSS_COMMENT.sub("", sheets))
    is_bare = not _BACKGROUND.search(plain) and not tree.css_matches(_PAINTED)
    for number, (selector, body) in enumerate(_RULE.findall(plain)):
        if number == _MAX_RULES:
            return
        hides = _STYLED_AWAY.search(body) or (is_bare and _WHITE_LETTERS.search(body))
        if hides and ":" not in selector:
            yield selector.strip()


def _white_fonts(tree: LexborHTMLParser) -> Iterator[LexborNode]:
    fonts = tree.css("font[color]")
    if (
        not fonts
        or tree.css_matches(_PAINTED)
        or any(_BACKGROUND.search(s.text()) for s in tree.css("style"))
    ):
        return
    yield from (font for font in fonts if re.fullmatch(_WHITE, font.attributes.get("color") or "", re.I))


def _select(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    try:
        return tree.css(selector)
    except (SelectolaxError, ValueError):
        return []


def _comments(tree: LexborHTMLParser) -> Iterator[str]:
    root = tree.root
    for node in root.traverse(include_text=True) if root else ():
        if node.tag == "-comment":
            yield node.comment_content or ""


__all__ = ["children_of", "said_aside", "take_out"]
