"""What an example of each kind of data set holds. Pure: data sets know no model, and trainers know no file.

| kind | fields |
|---|---|
| chat | `messages`: turns of `role` (system, user, assistant, tool) and `content`; the last is an answer |
| preference | `prompt`: turns, the last not by the assistant; `chosen` and `rejected`: texts |
| judged | `prompt`: turns; `completion`: a text; `good`: true or false |
| prompts | `prompt`: turns; `answer`: what a reward compares with, or null |
| classification | `text` and `label` |
| retrieval | `query`, `positive`: a text, `negatives`: texts |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    CHAT = "chat", _("Conversations")
    PREFERENCE = "preference", _("Pairs of a better and a worse answer")
    JUDGED = "judged", _("Answers judged good or bad")
    PROMPTS = "prompts", _("Questions for rewards")
    CLASSIFICATION = "classification", _("Texts with a label")
    RETRIEVAL = "retrieval", _("Questions with their passages")


class Part(models.TextChoices):
    TRAIN = "train", _("Training")
    VALIDATION = "validation", _("Validation")
    TEST = "test", _("Test")


@dataclass(frozen=True, kw_only=True)
class Example:
    """`group` is what must not be torn apart by the split: one conversation, one document, one person."""

    id: UUID
    kind: Kind
    part: Part
    data: Mapping[str, Any]
    group: str
