"""What the API sends of a row: plain dictionaries, times in ISO 8601."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request

from sunmao.answering.presenting import task_result
from sunmao.jobs.selectors import as_dict as job
from sunmao.knowledge.presenting import base, document

__all__ = ["base", "citation", "document", "job", "task_result"]


def citation(stored: dict[str, Any], request: Request) -> dict[str, Any]:
    return {**stored, "url": request.build_absolute_uri(stored["url"])}
