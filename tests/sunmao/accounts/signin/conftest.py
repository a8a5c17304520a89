from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator

from sunmao.accounts.signin.models import Attempts, ResetLink, SpentToken
from tests.fixtures.stage import plays_in_one_transaction


@pytest.fixture(autouse=True)
def nobody_came_before(request: pytest.FixtureRequest) -> None:
    """These tables know no organisation, and other tests keep rows in them. What goes here is back at the
    end of the transaction."""
    if plays_in_one_transaction(request.node):
        request.getfixturevalue("cast")
        for model in (Attempts, Authenticator, ResetLink, SpentToken):
            model.objects.all().delete()
