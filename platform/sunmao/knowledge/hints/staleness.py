"""What has grown old: documents that are no longer in force or that nobody has looked at for long, and
passages that refer to a law, or an article of one, that is no longer in force."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sunmao.knowledge.models import Document, Edition, KnowledgeBase, Passage
from sunmao.knowledge.text import numerals

_STATE = "中华人民共和国"
_CITED = re.compile(
    rf"《(?P<title>[^《》]{{2,60}})》(?:\s*第\s*(?P<number>\d{{1,5}}|[{numerals.CHARACTERS}]{{1,9}})\s*[条條])?"
)


@dataclass(frozen=True)
class Law:
    """A document of the organisation by what it is called: until when it was in force, None for still, and
    the articles of the text that is in force and of those before it."""

    ended: date | None
    articles: frozenset[str] = frozenset()
    former: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Repealed:
    rule: str
    passage: Passage
    values: dict[str, str] = field(default_factory=dict)


def ended(base: KnowledgeBase, *, on: date) -> dict[Document, date]:
    """The documents that were in force, and are on no day from `on` on, with their last day."""
    applying = Edition.objects.filter(base=base, died=None, applies=True).select_related("document")
    last: dict[Document, date] = {}
    open_ended: set[uuid.UUID] = set()
    for one in applying:
        if one.applies_until is None or one.applies_until > on:
            open_ended.add(one.document_id)
        else:
            day = one.applies_until - timedelta(days=1)
            last[one.document] = max(last.get(one.document, day), day)
    return {document: day for document, day in last.items() if document.pk not in open_ended}


def unreviewed(base: KnowledgeBase, *, before: datetime) -> dict[Document, datetime]:
    """The documents that nobody has reviewed or replaced since then, with the last time somebody did."""
    documents = Document.objects.filter(base=base, deleted_at=None, left_in=None, current__isnull=False)
    found = {}
    for document in documents.select_related("current").defer("current__text"):
        assert document.current is not None  # noqa: S101  asked for
        seen = max(filter(None, (document.reviewed_at, document.current.created_at)))
        if seen < before:
            found[document] = seen
    return found


def laws(*, on: date) -> dict[str, Law]:
    """Every document of the organisation by its title, however it is written."""
    editions = Edition.objects.filter(died=None, applies=True).select_related("revision", "document")
    by_title: defaultdict[str, list[Edition]] = defaultdict(list)
    for edition in editions.defer("revision__text"):
        by_title[bare(edition.revision.title or edition.document.name)].append(edition)
    return {title: _law(standing, on) for title, standing in by_title.items() if title}


def bare(title: str) -> str:
    return re.sub(r"[\s（(][^()（）]*[)）]$|\s", "", title).replace(_STATE, "")


def _law(standing: Sequence[Edition], on: date) -> Law:
    serving = [one for one in standing if _is_in_force(one, on)]
    coming = any(one.applies_from and one.applies_from > on for one in standing)
    ends = [one.applies_until for one in standing if one.applies_until]
    if not serving and ends and not coming:
        return Law(ended=max(ends) - timedelta(days=1))
    older = [one for one in standing if one.applies_until and one.applies_until <= on]
    return Law(None, _articles(serving), _articles(older))


def _is_in_force(one: Edition, on: date) -> bool:
    return (one.applies_from is None or one.applies_from <= on) and (
        one.applies_until is None or one.applies_until > on
    )


def _articles(editions: Sequence[Edition]) -> frozenset[str]:
    if not editions:
        return frozenset()
    living = Passage.objects.filter(revision__in=[one.revision_id for one in editions], died=None)
    return frozenset(living.filter(kind="article").values_list("label", flat=True).distinct())


def repealed(passages: Sequence[Passage], known: Mapping[str, Law]) -> Iterator[Repealed]:
    """References to a law that has ended, or to an article that only its former text had."""
    for passage in passages:
        for title, label in dict.fromkeys(cited(passage.text)):
            law = known.get(bare(title))
            if law is None or bare(passage.revision.title) == bare(title):
                continue
            if law.ended:
                yield Repealed("law_ended", passage, {"law": title, "day": law.ended.isoformat()})
            elif label and label in law.former - law.articles:
                yield Repealed("article_gone", passage, {"law": title, "article": label})


def cited(text: str) -> Iterator[tuple[str, str]]:
    """Laws that a text names in 《》, each with the article right behind it."""
    for found in _CITED.finditer(text):
        number = numerals.from_chinese(found.group("number")) if found.group("number") else None
        yield found.group("title"), f"第{numerals.to_chinese(number)}条" if number else ""


__all__ = ["Law", "Repealed", "bare", "cited", "ended", "laws", "repealed", "unreviewed"]
