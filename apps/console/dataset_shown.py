"""How pages show examples, figures and steps of data sets, and read an example out of a form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Message
from sunmao.jobs.models import JobState
from sunmao.training.datasets import plots, presenting
from sunmao.training.datasets.cleaning import TITLES
from sunmao.training.datasets.examples import Kind, Part
from sunmao.training.datasets.models import Origin, Review, Step, StepKind, Version

NAMES: Mapping[str, Message] = {
    "system": _("Order"),
    "user": _("Question"),
    "assistant": _("Answer"),
    "tool": _("Tool"),
    "chosen": _("Better answer"),
    "rejected": _("Worse answer"),
    "completion": _("Answer"),
    "good": _("Judgement"),
    "answer": _("Right answer"),
    "text": _("Text"),
    "label": _("Label"),
    "query": _("Question"),
    "positive": _("Right passage"),
    "negatives": _("Wrong passage"),
}
REMARKS: Mapping[str, Message] = {
    "empty": _("The file holds no examples."),
    "single_class": _("All examples have the same label: there is nothing to learn from them alone."),
    "unlabelled": _("Some examples have no label yet. Weak labels or annotators can give them one."),
    "uneven_classes": _("Some labels have more than twenty times as many examples as others."),
    "class_without_training": _("Some labels have no example in the part for training."),
    "empty_train": _("Nothing is in the part for training."),
    "empty_validation": _("Nothing is in the part for validation: training cannot choose its best state."),
    "empty_test": _("Nothing is in the part for the test."),
}
EXAMPLES: Mapping[Kind, str] = {
    Kind.CHAT: '{"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}',
    Kind.PREFERENCE: '{"prompt": "…", "chosen": "…", "rejected": "…"}',
    Kind.JUDGED: '{"prompt": "…", "completion": "…", "good": true}',
    Kind.PROMPTS: '{"prompt": "…", "answer": "…"}',
    Kind.CLASSIFICATION: '{"text": "…", "label": "…"}',
    Kind.RETRIEVAL: '{"query": "…", "positive": "…", "negatives": ["…"]}',
}


def fields_of(kind: Kind, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every text of an example, with the name of its field in a form."""
    found: list[dict[str, Any]] = []
    for name, value in data.items():
        if name in ("messages", "prompt"):
            found += [_field(f"{name}.{at}", turn["role"], turn["content"]) for at, turn in enumerate(value)]
        elif name == "negatives":
            found += [_field(f"negatives.{at}", name, text) for at, text in enumerate(value)]
        elif name == "good":
            found.append({**_field(name, name, gettext("good") if value else gettext("bad")), "good": value})
        else:
            found.append({**_field(name, name, value or ""), "label": name == "label"})
    return found


def _field(name: str, what: str, text: str) -> dict[str, Any]:
    return {
        "name": f"field.{name}",
        "title": NAMES.get(what, what),
        "what": what,
        "text": text,
        "rows": min(max(text.count("\n") + 1, len(text) // 70 + 1, 2), 12),
        "truth": what == "good",
    }


def of_fields(kind: Kind, data: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """The example as the form has it; a field that was not sent stays."""

    def said(name: str, known: str) -> str:
        return given.get(f"field.{name}", known).replace("\r\n", "\n")

    made: dict[str, Any] = {}
    for name, value in data.items():
        if name in ("messages", "prompt"):
            made[name] = [
                {**turn, "content": said(f"{name}.{at}", turn["content"])} for at, turn in enumerate(value)
            ]
        elif name == "negatives":
            made[name] = [text for at, one in enumerate(value) if (text := said(f"{name}.{at}", one)).strip()]
        elif name == "good":
            made[name] = given.get(f"field.{name}", "true" if value else "false") == "true"
        elif name == "answer":
            made[name] = said(name, value or "") or None
        else:
            made[name] = said(name, value)
    return made


def figures_of(told: Mapping[str, Any]) -> dict[str, Any]:
    lengths = told["lengths"]
    return {
        "examples": told["examples"],
        "groups": told["groups"],
        "parts": [(part.label, told["parts"][part]) for part in Part],
        "origins": [(Origin(name).label, count) for name, count in told["origins"].items()],
        "reviews": [(Review(name).label, count) for name, count in told["reviews"].items()],
        "languages": list(told["languages"].items()),
        "median": lengths.get("median"),
        "p95": lengths.get("p95"),
        "warnings": [REMARKS[one] for one in told["warnings"] if one in REMARKS],
    }


def _by_size(one: tuple[str, Mapping[str, int]]) -> tuple[int, str]:
    """The database keeps no order of keys."""
    return -sum(one[1].values()), one[0]


def drawn(told: Mapping[str, Any]) -> list[tuple[str, SafeString]]:
    """(title, plot) of what can be drawn."""
    parts = [(str(part.label), [(part.value, told["parts"][part])]) for part in Part]
    labels = [
        (label or gettext("(no label)"), [(part, counts[part]) for part in Part.values])
        for label, counts in sorted(told.get("labels", {}).items(), key=_by_size)[:30]
    ]
    drawings = [
        (gettext("Parts"), plots.bars(gettext("Examples in each part"), parts)),
        (
            gettext("Length in characters"),
            plots.columns(gettext("Examples by length"), told["lengths"]["bins"]),
        ),
        (gettext("Labels"), plots.bars(gettext("Examples of each label, by part"), labels)),
    ]
    return [(title, drawing) for title, drawing in drawings if drawing]


def leaks_of(version: Version) -> dict[str, Any] | None:
    known = version.figures.get("leaks")
    if not known:
        return None
    return {**known, "fresh": bool(known["seal"])}


_FOUND: Mapping[str, Message] = {
    "added": _("added"),
    "removed": _("removed"),
    "changed": _("changed"),
    "read": _("read"),
    "moved": _("moved"),
    "labelled": _("labelled"),
    "adopted": _("labels adopted"),
    "suspicious": _("suspicious"),
    "parts": _("between parts"),
    "suites": _("in suites"),
    "mended": _("mended"),
    "left_alone": _("changed meanwhile"),
    "cases_ended": _("cases ended"),
    "without_consent": _("left out without consent"),
}


def step_shown(step: Step) -> dict[str, Any]:
    """A step in a line: what was done and what came of it; of a file that was refused every wrong line."""
    told = presenting.step(step)
    found = told["found"]
    counts = [
        f"{_FOUND[name]}: {found[name]}"
        for name in _FOUND
        if isinstance(found.get(name), int)
        and (found[name] or name in ("added", "removed", "parts", "suites"))
    ]
    counts += [f"{TITLES.get(rule, rule)}: {count}" for rule, count in found.get("rules", {}).items()]
    counts += [f"{kind}: {count}" for kind, count in found.get("kinds", {}).items()]
    return {
        "title": StepKind(step.kind).label,
        "state": JobState(step.state).label if step.state in JobState.values else step.state,
        "failed": step.state == JobState.FAILED,
        "running": step.state in (JobState.QUEUED, JobState.RUNNING),
        "percent": step.job.percent if step.job else 100,
        "error": step.job.error_text if step.job and step.state == JobState.FAILED else "",
        "wrong": list(found.get("wrong", {}).items())[:20],
        "counts": counts,
        "functions": found.get("functions", []),
        "settings": json.dumps(step.settings, ensure_ascii=False)[:300],
        "at": step.created_at,
    }


__all__ = [
    "EXAMPLES", "NAMES", "REMARKS", "drawn", "fields_of", "figures_of", "leaks_of", "of_fields", "step_shown",
]  # fmt: skip
