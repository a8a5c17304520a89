from __future__ import annotations

from sunmao.knowledge.models.base import Audience, KnowledgeBase
from sunmao.knowledge.models.document import Document, Revision
from sunmao.knowledge.models.passage import Passage, Quarantine

__all__ = ["Audience", "Document", "KnowledgeBase", "Passage", "Quarantine", "Revision"]
