"""What the tests of signing in share."""

from __future__ import annotations

from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from sunmao.accounts.models import User
from sunmao.core.clock import now

PASSWORD = "a joint of oak and ash"


def with_password(user: User, password: str = PASSWORD) -> User:
    found = User.objects.get(pk=user.pk)
    found.set_password(password)
    found.save()
    return found


def visitor(**options: Any) -> Client:
    return Client(headers={"accept-language": "en"}, **options)


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-in/", {"username": username, "password": password, **more})


def is_inside(client: Client) -> bool:
    """Whether the session acts for somebody: a page of members opens."""
    return client.get("/").status_code == 200


def with_app(user: User) -> str:
    """The person has an authenticator app; gives its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def code_of(secret: str, *, periods: int = 0) -> str:
    """What the app shows, some periods of thirty seconds from now."""
    return format_hotp_value(hotp_value(secret, int(now().timestamp()) // 30 + periods))
