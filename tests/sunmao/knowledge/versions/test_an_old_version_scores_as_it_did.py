"""What a word weighs at a version is what it weighed then, whatever has come and gone since."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection

from sunmao.core import tenancy
from sunmao.knowledge import retrieval, services
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.versions import statistics
from tests.fixtures import Cast, Ingest

SHELF = "shelf"
QUESTION = "How long is the warranty of an oak sofa?"
OLD = (
    "# Warranty\n\nThe warranty of an oak sofa is two years.\n\n# Care\n\nWipe an oak table with a dry cloth."
)
GONE = "# Sofas\n\nEvery sofa comes with cushions.\n\n# Lamps\n\nA lamp has no warranty."


def _base(cast: Cast) -> KnowledgeBase:
    with tenancy.scope(cast.hemu.pk):
        return KnowledgeBase.objects.get(slug=SHELF)


def _scores(cast: Cast, version: int) -> Mapping[str, object]:
    base = _base(cast)
    with tenancy.scope(cast.hemu.pk):
        found = retrieval.retrieve(
            actor=cast.mei.actor, question=QUESTION, bases=[BaseVersion(base, version)]
        )
    return {
        "hits": [(hit.passage.text, hit.lexical, hit.share, hit.score) for hit in found.hits],
        "idf": dict(found.idf),
        "of": (found.searched, found.top, found.self_score),
        "judged": found.judgement,
    }


def test_scores_are_those_of_then_when_other_documents_have_come_and_gone(cast: Cast, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "old.md", OLD, base=SHELF)
    ingest(cast.zhou.actor, "gone.md", GONE, base=SHELF)
    then = _scores(cast, 2)
    assert then["of"][0] == 4  # type: ignore[index]
    for number in range(4):
        ingest(cast.zhou.actor, f"{number}.md", f"# Oak {number}\n\nAn oak sofa with a warranty.", base=SHELF)
    newest = _base(cast).version
    assert (newest, _scores(cast, 2)) == (6, then)
    assert _scores(cast, newest)["idf"] != then["idf"]
    ingest(cast.zhou.actor, "gone.md", "# Chairs\n\nA chair.", base=SHELF)
    assert _scores(cast, 2) == then


def test_every_version_counts_what_it_held(cast: Cast, ingest: Ingest) -> None:
    """The sum of what is kept and what has changed since equals what was kept then."""
    kept: dict[int, tuple[int, dict[int, int]]] = {}
    documents = []
    for number, text in enumerate([OLD, GONE, "# Oak\n\nAn oak sofa."], start=1):
        documents.append(ingest(cast.zhou.actor, f"{number}.md", text, base=SHELF))
        base = _base(cast)
        with tenancy.scope(cast.hemu.pk):
            pin = BaseVersion(base, base.version)
            kept[base.version] = (
                statistics.passages(pin),
                statistics.document_frequencies(pin, _dimensions(base)),
            )
    services.delete_document(actor=cast.zhou.actor, document=documents[0])
    ingest(cast.zhou.actor, "2.md", OLD, base=SHELF)
    base = _base(cast)
    assert base.version == 5
    for version, (passages, terms) in kept.items():
        with tenancy.scope(cast.hemu.pk):
            pin = BaseVersion(base, version)
            assert statistics.passages(pin) == passages
            assert statistics.document_frequencies(pin, _dimensions(base)) == terms


def _dimensions(base: KnowledgeBase) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT dimension - 1 FROM knowledge_term WHERE base_id = %s", [base.pk])
        return [row[0] for row in cursor.fetchall()]
