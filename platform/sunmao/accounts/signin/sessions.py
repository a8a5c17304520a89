"""Where a person is signed in."""

from __future__ import annotations

from typing import cast

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from sunmao.accounts.models import User
from sunmao.accounts.signin import entries
from sunmao.accounts.signin.models import Connection
from sunmao.accounts.signin.opening import PROVIDER

# The first that fits: every browser claims to be some of the others, too.
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def sessions_of(user: User) -> list[UserSession]:
    """The newest first; those that have expired are forgotten on the way."""
    found = UserSession.objects.purge_and_list(user)
    return sorted(found, key=lambda session: session.created_at, reverse=True)


def browser_of(agent: str) -> str:
    """`Firefox · Windows`: what a person knows their machine by. What is not known is shown as it came."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return " · ".join(filter(None, (browser, system))) or agent[:80]


def end_others(*, request: HttpRequest) -> int:
    """Sign out everywhere but here."""
    user = cast(User, request.user)
    key = request.session.session_key
    return _end([found for found in sessions_of(user) if found.session_key != key])


def end_all(*, user: User) -> int:
    return _end(sessions_of(user))


def sign_out_elsewhere(*, request: HttpRequest) -> int:
    ended = end_others(request=request)
    entries.note(cast(User, request.user), "session.ended", sessions=ended)
    return ended


def end_those_of(connection: Connection) -> int:
    """Sessions that an identity provider opened end when it is switched off."""
    users = User.objects.filter(identity__connection=connection).distinct()
    found = [session for user in users for session in sessions_of(user)]
    return _end([session for session in found if _opened_by(session, connection)])


def _opened_by(session: UserSession, connection: Connection) -> bool:
    store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")(session.session_key)
    records = store.get(AUTHENTICATION_METHODS_SESSION_KEY) or []
    opened = [record for record in records if record.get("method") == PROVIDER]
    return any(record.get("connection") == str(connection.pk) for record in opened)


def _end(found: list[UserSession]) -> int:
    for session in found:
        session.end()
    return len(found)
