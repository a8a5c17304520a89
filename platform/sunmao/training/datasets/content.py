"""What an example must hold, and which of its words are compared. Pure."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Message
from sunmao.core.texts import storable
from sunmao.training.datasets.examples import Kind

LONGEST = 200_000
"""Signs of one example. How much of it a model reads is the training's to say."""
ROLES = ("system", "user", "assistant", "tool")
MOST_TURNS, MOST_NEGATIVES, LONGEST_LABEL = 200, 64, 200
_SPACE = re.compile(r"\s+")
_NO_WORD = re.compile(r"[^\w$€£¥%+]|_")
"""Another currency is another question."""


def checked(kind: Kind, given: object) -> dict[str, Any] | Message:
    """The example, or what is wrong with it in words."""
    if not isinstance(given, Mapping):
        return _("is no object")
    wanted, found = FIELDS[kind], dict(given)
    if unknown := sorted(str(name) for name in set(found) - set(wanted)):
        return format_lazy(_("has a field that is none of this kind: {name}"), name=unknown[0][:40])
    if kind == Kind.PROMPTS:
        found.setdefault("answer", None)
    for name, rule in wanted.items():
        if name not in found:
            return format_lazy(_("has no {name}"), name=name)
        if wrong := rule(found[name]):
            return format_lazy(_("{name} {wrong}"), name=name, wrong=wrong)
    if sum(map(len, texts_of(kind, found))) > LONGEST:
        return _("is longer than 200,000 characters")
    if kind == Kind.CLASSIFICATION:
        found["label"] = found["label"].strip()
    return found


def _text(value: object) -> Message:
    if not isinstance(value, str) or not value.strip():
        return _("must be text")
    return "" if storable(value) else _("has characters that cannot be kept")


def _label(value: object) -> Message:
    """Empty stands for "not known yet": weak labels and annotators fill it in."""
    if not isinstance(value, str) or len(value) > LONGEST_LABEL or not storable(value):
        return _("must be text of at most 200 characters")
    return ""


def _maybe(value: object) -> Message:
    return "" if value is None else _text(value)


def _truth(value: object) -> Message:
    return "" if isinstance(value, bool) else _("must be true or false")


def _texts(value: object) -> Message:
    if not isinstance(value, list) or len(value) > MOST_NEGATIVES:
        return _("must be a list of texts")
    return next((wrong for one in value if (wrong := _text(one))), "")


def _turns(value: object, last: Sequence[str]) -> Message:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_TURNS:
        return _("must be a list of turns")
    for turn in value:
        if not isinstance(turn, Mapping) or set(turn) != {"role", "content"} or turn["role"] not in ROLES:
            return _("must have turns of a role and a content")
        if wrong := _text(turn["content"]):
            return wrong
    if value[-1]["role"] not in last:
        return _("must end with another role")
    return ""


def _chat(value: object) -> Message:
    wrong = _turns(value, ("assistant",))
    if wrong or not isinstance(value, list):
        return wrong
    return "" if any(turn["role"] == "user" for turn in value) else _("must have a turn of the user")


def _prompt(value: object) -> Message:
    return _turns(value, ("user", "tool", "system"))


FIELDS: Mapping[Kind, Mapping[str, Callable[[object], Message]]] = {
    Kind.CHAT: {"messages": _chat},
    Kind.PREFERENCE: {"prompt": _prompt, "chosen": _text, "rejected": _text},
    Kind.JUDGED: {"prompt": _prompt, "completion": _text, "good": _truth},
    Kind.PROMPTS: {"prompt": _prompt, "answer": _maybe},
    Kind.CLASSIFICATION: {"text": _text, "label": _label},
    Kind.RETRIEVAL: {"query": _text, "positive": _text, "negatives": _texts},
}


def texts_of(kind: Kind, data: Mapping[str, Any]) -> list[str]:
    """All of its texts, in reading order."""
    found: list[str] = []
    rewritten(kind, data, lambda text: found.append(text) or text)  # type: ignore[func-returns-value]
    return found


def rewritten(kind: Kind, data: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """The example with every text changed; labels, roles and verdicts stay."""
    made: dict[str, Any] = {}
    for name, value in data.items():
        if name in ("messages", "prompt"):
            made[name] = [{**turn, "content": change(turn["content"])} for turn in value]
        elif name == "negatives":
            made[name] = [change(one) for one in value]
        elif isinstance(value, str) and name != "label":
            made[name] = change(value)
        else:
            made[name] = value
    return made


def asked(kind: Kind, data: Mapping[str, Any]) -> list[str]:
    """What somebody asks in it: two examples with the same must not stand on both sides of a measurement."""
    if kind == Kind.CLASSIFICATION:
        return [data["text"]]
    if kind == Kind.RETRIEVAL:
        return [data["query"]]
    turns = data["messages"] if kind == Kind.CHAT else data["prompt"]
    return [turn["content"] for turn in turns if turn["role"] == "user"] or [turns[-1]["content"]]


def gist(kind: Kind, data: Mapping[str, Any]) -> str:
    """What twins are told by: everything but what never changes from example to example."""
    if kind == Kind.RETRIEVAL:
        return f"{data['query']}\n{data['positive']}"
    turns = data.get("messages") or data.get("prompt") or ()
    spoken = [turn["content"] for turn in turns if turn["role"] != "system"]
    rest = [
        str(data[name]) for name in ("text", "chosen", "rejected", "completion", "answer") if data.get(name)
    ]
    return "\n".join([*spoken, *rest])


def plain(text: str) -> str:
    """However it is spaced, cased and punctuated. Of a text that has nothing but signs, the signs."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NO_WORD.sub("", folded) or _SPACE.sub("", folded)


def digest_of(data: Mapping[str, Any]) -> str:
    written = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def group_of(kind: Kind, data: Mapping[str, Any], named: str = "") -> str:
    """What must not be torn apart: what the file calls a group, else all examples that ask the same."""
    key = f"named:{named}" if named else "asks:" + "\n".join(plain(text) for text in asked(kind, data))
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def summary(kind: Kind, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, text) of each thing that a person reads of it."""
    for name, value in data.items():
        if name in ("messages", "prompt"):
            for turn in value:
                yield turn["role"], turn["content"]
        elif name == "negatives":
            for one in value:
                yield "negative", one
        elif value is not None:
            yield name, str(value)


__all__ = [
    "FIELDS", "LONGEST", "asked", "checked", "digest_of", "gist", "group_of", "plain", "rewritten",
    "summary", "texts_of",
]  # fmt: skip
