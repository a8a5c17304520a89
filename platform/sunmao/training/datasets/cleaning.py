"""Rules that take examples out of a set, or set them right. Pure: texts in, verdicts out."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput, Message
from sunmao.knowledge.text.language import language_of
from sunmao.training.datasets.content import gist, plain, rewritten, texts_of
from sunmao.training.datasets.examples import Kind
from sunmao.training.datasets.twins import NEAR, near_twins

TITLES: Mapping[str, Message] = {
    "empty": _("Nothing is left of a text"),
    "short": _("Too short"),
    "long": _("Too long"),
    "language": _("In another language"),
    "noise": _("Noise"),
    "twin": _("The same as another one"),
    "contradiction": _("The same text with another label"),
    "near_twin": _("Nearly the same as another one"),
    "leak_part": _("Stands in another part as well"),
    "leak_suite": _("Stands in an evaluation suite"),
    "rejected": _("Rejected by annotators"),
}
DEFAULTS: Mapping[str, Any] = {
    "normalise": True,
    "shortest": 2,
    "longest": 32_000,
    "languages": [],
    "noise": True,
    "twins": True,
    "near": NEAR,
}


@dataclass(frozen=True)
class Cleaned:
    """`changed` have another text now; `removed` are (place, rule, place of the twin), in the order found."""

    changed: Mapping[int, dict[str, Any]] = field(default_factory=dict)
    removed: Sequence[tuple[int, str, int | None]] = ()

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(rule for _place, rule, _twin in self.removed))


def checked_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    found, wrong = {**DEFAULTS, **given}, {}
    for name in set(given) - set(DEFAULTS):
        wrong[name] = _("is no setting of cleaning")
    for name in ("normalise", "noise", "twins"):
        if not isinstance(found[name], bool):
            wrong[name] = _("must be true or false")
    for name in ("shortest", "longest"):
        if isinstance(found[name], bool) or not isinstance(found[name], int) or found[name] < 0:
            wrong[name] = _("must be a whole number from 0")
    if not isinstance(found["languages"], list) or not {"zh", "en"}.issuperset(map(str, found["languages"])):
        wrong["languages"] = _("must be a list of zh and en")
    near = found["near"]
    if near is not None and (
        isinstance(near, bool) or not isinstance(near, int | float) or not 0.3 <= near <= 1
    ):
        wrong["near"] = _("must be a number from 0.3 to 1, or null")
    if wrong:
        raise InvalidInput(fields=wrong)
    return found


def clean(kind: Kind, examples: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]) -> Cleaned:
    """Rules in their order; an example leaves by the first that it breaks, the earlier of two twins stays."""
    kept = [rewritten(kind, one, normalised) if settings["normalise"] else dict(one) for one in examples]
    removed: list[tuple[int, str, int | None]] = [
        (place, rule, None) for place, one in enumerate(kept) if (rule := _breaks(kind, one, settings))
    ]
    gone = {place for place, _rule, _twin in removed}
    for rule, pairs in (("exact", _twins), ("near", _near)):
        if settings["twins"] if rule == "exact" else settings["near"] is not None:
            staying = [place for place in range(len(kept)) if place not in gone]
            found = list(pairs(kind, [kept[place] for place in staying], settings))
            removed += [(staying[a], name, staying[b]) for a, name, b in found]
            gone |= {staying[a] for a, _name, _b in found}
    changed = {
        place: one for place, one in enumerate(kept) if place not in gone and one != dict(examples[place])
    }
    return Cleaned(changed, removed)


def _breaks(kind: Kind, example: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    texts = texts_of(kind, example)
    whole = "\n".join(texts)
    if not all(text.strip() for text in texts):
        return "empty"
    if min(len(plain(text)) for text in texts) < settings["shortest"]:
        return "short"
    if len(whole) > settings["longest"]:
        return "long"
    if settings["languages"] and language_of(whole) not in settings["languages"]:
        return "language"
    return "noise" if settings["noise"] and any(map(noisy, texts)) else ""


def _twins(
    kind: Kind, examples: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]
) -> Iterator[tuple[int, str, int]]:
    """Of the same text with two labels nobody knows which is right: none of them stays but the first, and it
    only when all others agree with it."""
    first: dict[str, int] = {}
    told: dict[int, list[tuple[int, str, int]]] = {}
    for place, one in enumerate(examples):
        key = plain(gist(kind, one))
        known = first.setdefault(key, place)
        if known != place:
            same = _verdict(one) == _verdict(examples[known])
            told.setdefault(known, []).append((place, "twin" if same else "contradiction", known))
    for known, others in told.items():
        yield from others
        if other := next((place for place, rule, _known in others if rule == "contradiction"), None):
            yield known, "contradiction", other


def _verdict(example: Mapping[str, Any]) -> object:
    return (example.get("label"), example.get("good"))


def _near(
    kind: Kind, examples: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]
) -> Iterator[tuple[int, str, int]]:
    """Only among those with one label: alike texts with different labels are what a classifier must learn."""
    by_verdict: dict[object, list[int]] = {}
    for place, one in enumerate(examples):
        by_verdict.setdefault(_verdict(one), []).append(place)
    for places in by_verdict.values():
        texts = [gist(kind, examples[place]) for place in places]
        for later, earlier in near_twins(texts, settings["near"]):
            yield places[later], "near_twin", places[earlier]


_ODD = re.compile(
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\ufeff]"
)
_BLANKS = re.compile(r"[ \t\u00a0\u3000]{2,}")
_LINES = re.compile(r"\n{3,}")


def normalised(text: str) -> str:
    """Composed signs, no invisible ones, no runs of blanks. Full-width punctuation is Chinese and stays."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    text = _BLANKS.sub(" ", _ODD.sub("", text))
    return _LINES.sub("\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()


_RUN = re.compile(r"([^\s\d.\-=_*#|])\1{14,}")
_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
_MOJIBAKE = re.compile(r"(?:Ã.|â€|锟斤拷|烫烫烫)")


def noisy(text: str) -> bool:
    """Broken encodings, mark-up, the same over and over, or hardly any letter."""
    signs = [sign for sign in text if not sign.isspace()]
    if not signs:
        return False
    if "\ufffd" in text or _MOJIBAKE.search(text) or _RUN.search(text):
        return True
    if sum(len(tag) for tag in _TAG.findall(text)) > 0.3 * len(text):
        return True
    wordly = sum(sign.isalnum() for sign in signs)
    return wordly / len(signs) < 0.3 if len(signs) >= 8 else False


__all__ = ["DEFAULTS", "TITLES", "Cleaned", "checked_settings", "clean", "noisy", "normalised"]
