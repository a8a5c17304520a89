"""A question that leaves out what the one before it said, put so that it can be searched for by itself."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from sunmao.answering import phrases
from sunmao.answering.given import of_stored
from sunmao.answering.inputs import DIALOGUE
from sunmao.answering.models import Exchange
from sunmao.answering.run import Run
from sunmao.core.findings import Finding
from sunmao.guards.personal import without_placeholders
from sunmao.knowledge.text.following import standalone as put_alone

TURNS = 3
"""How many questions before this one are looked at: a chain of follow-ups leads back to its subject."""


def standalone(run: Run) -> str:
    """What is searched for. When it is not what was asked, the answer says so."""
    subject = ""
    for earlier in _earlier(run.exchange):
        subject = put_alone(earlier, subject)
    question = put_alone(run.question, subject)
    if question != run.question:
        run.findings.append(_told(run, question))
    return question


def _earlier(exchange: Exchange) -> list[str]:
    """Questions of the same conversation and person, the oldest first.

    A caller that sends the whole conversation each time has said them in it.
    """
    if exchange.options.get(DIALOGUE):
        told = of_stored(exchange.dialogue.given).earlier[-TURNS:]
        if told:
            return [without_placeholders(one) for one in told]
    before = Exchange.objects.filter(
        conversation_id=exchange.conversation_id,
        person_key=exchange.person_key,
        created_at__lt=exchange.created_at,
    ).exclude(pk=exchange.pk)
    latest = list(before.order_by("-created_at")[:TURNS])
    return [without_placeholders(str(one.question)) for one in reversed(latest)]


def tell_of_second_try(run: Run, question: str) -> None:
    """The first search found too little, and other words found more."""
    with translation.override(phrases.UI_LANGUAGE[run.language]):
        title = _("Searched a second time, in other words")
    run.findings.append(_note(run, "Q-REWRITTEN", title, question))


def _told(run: Run, question: str) -> Finding:
    with translation.override(phrases.UI_LANGUAGE[run.language]):
        title = _("Understood together with your last question")
    return _note(run, "Q-FOLLOW-UP", title, question)


def _note(run: Run, rule: str, title: str, question: str) -> Finding:
    with translation.override(phrases.UI_LANGUAGE[run.language]):
        said = _("Searched for: %(question)s") % {"question": without_placeholders(question)}
    return Finding(rule_id=rule, source="guard", severity="info", title=title, explanation=said, citations=[])


__all__ = ["standalone", "tell_of_second_try"]
