from __future__ import annotations

from sunmao.knowledge.models.base import Audience, KnowledgeBase
from sunmao.knowledge.models.document import Document, Origin, Revision
from sunmao.knowledge.models.passage import Passage, Quarantine
from sunmao.knowledge.models.version import Change, ChangeKind, Edition

__all__ = [
    "Audience",
    "Change",
    "ChangeKind",
    "Document",
    "Edition",
    "KnowledgeBase",
    "Origin",
    "Passage",
    "Quarantine",
    "Revision",
]
