"""Words that mean the same in a base, as its editors say. Like a confirmation, a group of them is a new
version of the base."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, InvalidInput, NotFound
from sunmao.knowledge.learning.models import Synonyms
from sunmao.knowledge.models import ChangeKind, KnowledgeBase
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.versions.history import advance, author_of

MANAGE = "learning.synonym.manage"
LONGEST_WORD, MOST_WORDS, MOST_GROUPS, MOST_WAYS = 40, 20, 2_000, 10


@transaction.atomic
def add(*, actor: Actor, base: KnowledgeBase, words: Sequence[str]) -> Synonyms:
    """From the base's next version on, a question that says one of the words also looks for the others."""
    actor.require(MANAGE, base=base.slug)
    group = _checked(words)
    with tenancy.scope(actor.organisation_id):
        locked = KnowledgeBase.objects.select_for_update().get(pk=base.pk)
        living = Synonyms.objects.filter(base=locked, died=None)
        if living.count() >= MOST_GROUPS:
            raise Conflict(_("A base takes at most 2,000 groups of synonyms."), code="too_many_synonyms")
        taken = {word.lower() for word in chain.from_iterable(living.values_list("words", flat=True))}
        if any(word.lower() in taken for word in group):
            raise Conflict(_("One of these words stands in another group."), code="synonym_taken")
        born = locked.version + 1
        made = Synonyms.objects.create(base=locked, words=group, added_by=actor.subject, born=born)
        _advance(actor, locked)
        audit.record(actor=actor, verb="synonyms.added", subject=made, base=locked.slug, words=len(group))
    return made


@transaction.atomic
def withdraw(*, actor: Actor, synonyms: Synonyms) -> None:
    """Earlier versions of the base still know them; the next one does not."""
    actor.require(MANAGE, base=synonyms.base.slug)
    with tenancy.scope(actor.organisation_id):
        locked = KnowledgeBase.objects.select_for_update().get(pk=synonyms.base_id)
        living = Synonyms.objects.filter(pk=synonyms.pk, died=None)
        if not living.update(died=locked.version + 1):
            raise NotFound(code="unknown_synonyms")
        _advance(actor, locked)
        audit.record(actor=actor, verb="synonyms.withdrawn", subject=synonyms, base=locked.slug)


def restore(*, base: KnowledgeBase, to: int, version: int) -> int:
    """From `version` on the base takes those words for one that it took for one at version `to`. Returns how
    many groups changed.

    Runs in the transaction that rolls back, with the base locked.
    """
    of_base = Synonyms.objects.filter(base=base)
    then = {tuple(one.words): one for one in of_base.filter(_alive(to))}
    now = {tuple(one.words): one for one in of_base.filter(died=None)}
    over = [one.pk for words, one in now.items() if words not in then]
    of_base.filter(pk__in=over).update(died=version)
    missing = [one for words, one in then.items() if words not in now]
    Synonyms.objects.bulk_create(
        Synonyms(base=base, words=one.words, added_by=one.added_by, born=version) for one in missing
    )
    return len(over) + len(missing)


def known(pin: BaseVersion) -> list[list[str]]:
    """The groups that this version of the base takes for one."""
    return list(Synonyms.objects.filter(_alive(pin.version), base=pin.base).values_list("words", flat=True))


def _alive(version: int) -> Q:
    return Q(born__lte=version) & (Q(died=None) | Q(died__gt=version))


def others(question: str, groups: Sequence[Sequence[str]]) -> list[str]:
    """What the words of a question are also called."""
    said = question.lower()
    return [
        word
        for group in groups
        if any(one.lower() in said for one in group)
        for word in group
        if word.lower() not in said
    ]


def put_otherwise(question: str, groups: Sequence[Sequence[str]]) -> list[str]:
    """The question itself, then each with one word in place of one that means the same."""
    said = [
        question.replace(word, other)
        for group in groups
        for word in group
        if word in question
        for other in group
        if other != word
    ]
    return [question, *said[:MOST_WAYS]]


def _checked(words: Sequence[str]) -> list[str]:
    group = list(dict.fromkeys(" ".join(word.split()) for word in words if word.strip()))
    if not 2 <= len(group) <= MOST_WORDS:
        raise InvalidInput(fields={"words": _("must be 2 to 20 different words")})
    if any(len(word) > LONGEST_WORD for word in group):
        raise InvalidInput(fields={"words": _("a word has at most 40 characters")})
    return group


def _advance(actor: Actor, base: KnowledgeBase) -> None:
    advance(base=base, kind=ChangeKind.OTHER, by=author_of(actor))


__all__ = ["MANAGE", "add", "known", "others", "put_otherwise", "restore", "withdraw"]
