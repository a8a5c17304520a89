"""Which releases pin a version of a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from sunmao.prompts.models import Prompt, PromptVersion
from sunmao.releases.models import Release


def releases_with(prompt: Prompt) -> dict[str, list[dict[str, Any]]]:
    """By version id, newest release first. Runs inside a tenancy scope."""
    ids = [str(one) for one in PromptVersion.objects.filter(prompt=prompt).values_list("pk", flat=True)]
    found: dict[str, list[dict[str, Any]]] = {}
    for release in _pinning(prompt.language, ids):
        pinned = release.prompts[prompt.language]
        found.setdefault(pinned, []).append(
            {
                "id": str(release.pk),
                "task": f"{release.vertical}.{release.task}",
                "number": release.number,
                "state": release.state,
            }
        )
    return found


def _pinning(language: str, ids: Sequence[str]) -> Any:
    if not ids:
        return Release.objects.none()
    return Release.objects.filter(Q(**{f"prompts__{language}__in": ids})).order_by("-number")


__all__ = ["releases_with"]
