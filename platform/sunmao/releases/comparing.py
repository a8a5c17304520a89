"""What differs between two releases of a task: in words, and in the figures of their gates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sunmao.core.ids import reference
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.pins import LATEST
from sunmao.knowledge.versions.difference import changed_documents
from sunmao.knowledge.versions.words import difference
from sunmao.modelhub.models import AdapterVersion
from sunmao.prompts.models import PromptVersion
from sunmao.releases.models import Release
from sunmao.releases.selectors import last_report

NAMED = 20
"""At most this many documents of a base are named; the count is whole."""


def compare(*, old: Release, new: Release) -> dict[str, Any]:
    """Runs inside the tenancy scope. Prompts as pieces of a word difference, knowledge as the documents that
    were changed between the two versions, everything else as before and after."""
    return {
        "old": {"number": old.number, "id": str(old.pk)},
        "new": {"number": new.number, "id": str(new.pk)},
        "plain": [*_plain(old, new), *_tools(old, new)],
        "prompts": list(_prompts(old, new)),
        "bases": list(_bases(old, new)),
        "figures": list(_figures(old, new)),
    }


def _plain(old: Release, new: Release) -> Iterator[dict[str, Any]]:
    for name in ("engine", "adapter", "retrieval", "guards"):
        before, after = _pin(old, name), _pin(new, name)
        if before != after:
            yield {"name": name, "before": before, "after": after}


def _tools(old: Release, new: Release) -> Iterator[dict[str, Any]]:
    """Each tool that came, went, or has another shape."""
    for name in sorted({*old.tools, *new.tools}):
        before, after = old.tools.get(name), new.tools.get(name)
        if before != after:
            yield {"name": f"tools.{name}", "before": before, "after": after}


def _pin(release: Release, name: str) -> Any:
    """An adapter by its name, where it is still there."""
    value = getattr(release, name)
    if name == "adapter" and value is not None:
        version = AdapterVersion.objects.select_related("adapter").filter(pk=value).first()
        return version.name if version else str(value)
    return value


def _prompts(old: Release, new: Release) -> Iterator[dict[str, Any]]:
    for language in sorted({*old.prompts, *new.prompts}):
        ids = old.prompts.get(language), new.prompts.get(language)
        if ids[0] == ids[1]:
            continue
        before, after = (PromptVersion.objects.filter(pk=reference(one)).first() for one in ids)
        yield {
            "language": language,
            "before": before.number if before else None,
            "after": after.number if after else None,
            "pieces": [
                {"op": piece.op, "text": piece.text}
                for piece in difference(before.source if before else "", after.source if after else "")
            ],
        }


def _bases(old: Release, new: Release) -> Iterator[dict[str, Any]]:
    for slug in sorted({*old.bases, *new.bases}):
        before, after = old.bases.get(slug), new.bases.get(slug)
        if before != after:
            yield {"base": slug, "before": before, "after": after, **_documents(slug, before, after)}


def _documents(slug: str, before: int | str | None, after: int | str | None) -> dict[str, Any]:
    base = KnowledgeBase.objects.filter(slug=slug).first()
    if base is None or before is None or after is None:
        return {"changed": None, "documents": []}
    numbers = [base.version if one == LATEST else int(one) for one in (before, after)]
    changed = changed_documents(base=base, before=min(numbers), after=max(numbers))
    return {
        "changed": changed.count(),
        "documents": list(changed.order_by("name").values_list("name", flat=True)[:NAMED]),
    }


def _figures(old: Release, new: Release) -> Iterator[dict[str, Any]]:
    """The suites that the new one's gate ran: beside what it measured of the old one, where that was what it
    had to beat, or else beside what the old one's own gate found."""
    before, after = last_report(old), last_report(new)
    own = {suite["suite"]: suite for suite in (before.suites if before else [])}
    for suite in after.suites if after else []:
        found, beside = own.get(suite["suite"]), suite.get("baseline")
        measured = after is not None and after.baseline_id == old.pk and beside is not None
        yield {
            "suite": suite["suite"],
            "title": suite["title"],
            "same_version": measured or bool(found and found["version"] == suite["version"]),
            "before": beside if measured else found["candidate"] if found else None,
            "after": suite["candidate"],
        }


__all__ = ["compare"]
