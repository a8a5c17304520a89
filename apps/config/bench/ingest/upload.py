"""Uploads through the door of the API, with its key, its limits and its parser, in this process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.utils import override_settings

from apps.config.bench.ingest.papers import Paper
from apps.config.bench.people import People
from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.knowledge.models import KnowledgeBase

ACCEPTED = 202


@dataclass
class Uploaded:
    walls: list[float] = field(default_factory=list)
    taken: int = 0

    @property
    def accepted(self) -> float:
        return self.taken / max(1, len(self.walls))


class Uploads:
    """A program's own key; the limit of its rate is lifted, because a thousand come at once."""

    def __init__(self, people: People) -> None:
        made = accounts.create_api_key(actor=people.system, name="feeder", role=BuiltIn.KNOWLEDGE_EDITOR)
        self._client = Client(headers={"x-api-key": made.secret}, SERVER_NAME="localhost")
        self._stack = ExitStack()

    def __enter__(self) -> Uploads:
        self._stack.enter_context(override_settings(SUNMAO_API_RATE_KEY=(1_000_000, 60)))
        return self

    def __exit__(self, *_error: Any) -> None:
        self._stack.close()

    def send(self, base: KnowledgeBase, these: Sequence[Paper]) -> Uploaded:
        found = Uploaded()
        for paper in these:
            body = {"file": SimpleUploadedFile(paper.name, paper.data)}
            began = time.perf_counter()
            answer = self._client.post(f"/api/v1/bases/{base.slug}/documents", body)
            found.walls.append(time.perf_counter() - began)
            found.taken += answer.status_code == ACCEPTED
        return found
