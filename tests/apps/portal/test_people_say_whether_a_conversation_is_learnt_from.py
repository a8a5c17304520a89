"""The switch of a conversation: off until its owner turns it on, told once, and nobody else's to turn."""

from __future__ import annotations

import re

import pytest

from sunmao.answering.models import Conversation
from sunmao.core import tenancy
from sunmao.training.datasets.models import Consent
from tests.fixtures import Shop, state_of, verbs_of

pytestmark = pytest.mark.usefixtures("worker_at_once")
HTMX = {"hx-request": "true"}
ON, OFF = 'aria-checked="true"', 'aria-checked="false"'


def _begun(shop: Shop, **headers: str) -> tuple[Conversation, str]:
    """A conversation of Mei's, and what her question brought."""
    given = shop.mei.client.post(
        "/customer-service/ask/", {"question": "Who pays for return shipping?"}, headers=headers or None
    )
    with tenancy.scope(shop.organisation.pk):
        newest = Conversation.objects.filter(owner_id=shop.mei.user.pk).latest("created_at")
    return newest, given.content.decode()


def _consents(shop: Shop) -> int:
    with tenancy.scope(shop.organisation.pk):
        return Consent.objects.count()


def test_it_is_off_until_its_owner_turns_it_on_and_off_again(shop: Shop) -> None:
    conversation, _said = _begun(shop)
    page, address = f"/customer-service/conversations/{conversation.pk}/", f"/conversations/{conversation.pk}"
    assert OFF in shop.mei.client.get(page).content.decode()

    turned = shop.mei.client.post(f"{address}/training-consent/", {"consent": "yes"})
    again = shop.mei.client.post(f"{address}/training-consent/", {"consent": "yes"}, headers=HTMX)

    assert turned.headers["Location"] == f"{page}#consent"
    assert ON in again.content.decode()
    assert ON in shop.mei.client.get(page).content.decode()
    assert verbs_of(shop.organisation).count("training_consent.given") == 1
    shop.mei.client.post(f"{address}/training-consent/", {"consent": "no"})
    assert OFF in shop.mei.client.get(page).content.decode()
    assert (_consents(shop), verbs_of(shop.organisation).count("training_consent.withdrawn")) == (0, 1)


def test_the_first_question_brings_the_switch_and_the_next_one_leaves_it(shop: Shop) -> None:
    conversation, first = _begun(shop, **HTMX)
    assert re.search(rf'action="/conversations/{conversation.pk}/training-consent/"', first)
    second = shop.mei.client.post(
        "/customer-service/ask/",
        {"question": "And for a small one?", "conversation_id": str(conversation.pk)},
        headers=HTMX,
    )
    assert 'id="consent"' not in second.content.decode()
    new = shop.mei.client.get("/customer-service/").content.decode()
    assert "training-consent" not in new


def test_nobody_turns_the_switch_of_somebody_else(shop: Shop) -> None:
    conversation, _said = _begun(shop)
    before = state_of(shop.organisation)
    answered = shop.lin.client.post(f"/conversations/{conversation.pk}/training-consent/", {"consent": "yes"})
    assert (answered.status_code, state_of(shop.organisation)) == (404, before)
