"""The built style sheet is that of its sources; every pair of colours that meets can be read."""

from __future__ import annotations

import re

import pytest

from sunmao.ui import build_css

TOKENS = (build_css.SOURCES / "tokens.css").read_text(encoding="utf-8")
ACCENTS = ("brand", "service", "medical", "investment", "contract")
TONES = ("critical", "high", "medium", "low", "info", "good")
READABLE = 4.5
DESIGN = {
    "paper": "#FBFAF7",
    "ink": "#1C1F23",
    "muted": "#5C6167",
    "line": "#E4E0D8",
    "brand": "#1F5F55",
    "service": "#2F5D9B",
    "medical": "#2A7F78",
    "investment": "#8A5F1A",
    "contract": "#A63D2F",
}


def block(opening: str) -> dict[str, str]:
    inside = TOKENS.split(opening, 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+): ([^;]+);", inside))


LIGHT = block(":root {")
ASKED_FOR_DARK = block(':root[data-theme="dark"] {')
SYSTEM_DARK = block(':root:not([data-theme="light"]) {')
SCHEMES = {"light": LIGHT, "dark": LIGHT | ASKED_FOR_DARK}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def meeting_pairs() -> list[tuple[str, str]]:
    """Text and ground, as the style sheets combine them."""
    pairs = [(text, ground) for text in ("ink", "muted") for ground in ("paper", "sheet", "shade")]
    pairs += [("ink", "mark"), ("on-accent", "critical"), ("paper", "ink"), ("ink", "critical-soft")]
    for accent in ACCENTS:
        pairs += [(accent, "paper"), (accent, "sheet"), (accent, f"{accent}-soft"), ("on-accent", accent)]
        pairs += [("ink", f"{accent}-soft"), ("muted", f"{accent}-soft")]
    pairs += [(tone, ground) for tone in TONES for ground in ("paper", "sheet", f"{tone}-soft")]
    return pairs


def test_the_built_sheet_is_fresh() -> None:
    assert build_css.is_fresh(), "run `python -m sunmao.ui.build_css`"


def test_every_source_is_built_in() -> None:
    assert {path.name for path in build_css.SOURCES.glob("*.css")} == set(build_css.ORDER)


def test_strings_survive_and_comments_do_not() -> None:
    css = '/* note */ a::before {\n  content: "a /* kept */  b";\n  width: calc(1px + 2px);\n}\n'
    assert build_css.minified(css) == 'a::before{content:"a /* kept */  b";width:calc(1px + 2px)}'


def test_colours_are_those_of_the_design() -> None:
    assert {name: LIGHT[name] for name in DESIGN} == DESIGN


def test_the_dark_scheme_is_written_twice_alike() -> None:
    assert SYSTEM_DARK == ASKED_FOR_DARK


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_stands_out_from_its_ground(scheme: str) -> None:
    colours = SCHEMES[scheme]
    faint = {
        f"{text} on {ground}": round(contrast(colours[text], colours[ground]), 2)
        for text, ground in meeting_pairs()
        if contrast(colours[text], colours[ground]) < READABLE
    }
    assert faint == {}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("ground", ["paper", "sheet", "shade"])
def test_edges_of_controls_can_be_seen(scheme: str, ground: str) -> None:
    assert contrast(SCHEMES[scheme]["edge"], SCHEMES[scheme][ground]) >= 3


def test_no_gradients_and_nothing_from_elsewhere() -> None:
    built = build_css.TARGET.read_text(encoding="utf-8")
    assert "gradient(" not in built
    assert "url(" not in built
    assert "@import" not in built
