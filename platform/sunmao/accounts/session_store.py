"""Sessions of which the database knows no more than a digest: whoever reads it cannot sign in with it.

The cookie carries a random secret. The key of the row, which everything else sees (`session.session_key`, the
list of a person's sessions), is made from it and does not lead back.
"""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.middleware import SessionMiddleware as DjangoMiddleware
from django.http import HttpRequest, HttpResponse

PREFIX, LENGTH = "sid-", 40


def key_of(secret: str) -> str:
    """160 bits less the prefix; the secret has 165 of its own, so that there is nothing to try."""
    return (PREFIX + hashlib.sha256(secret.encode()).hexdigest())[:LENGTH]


class Key(str):
    """A key that still knows its secret, so that a store which is opened again by it does, too.

    django-allauth opens the running session once more on its way to an identity provider and back.
    """

    __slots__ = ("secret",)
    secret: str

    @classmethod
    def made_from(cls, secret: str) -> Key:
        key = cls(key_of(secret))
        key.secret = secret
        return key


class SessionStore(DatabaseStore):
    """Found by its key, or by the secret of its cookie; `secret` is empty where only the key is known."""

    secret = ""

    def __init__(self, session_key: str | None = None) -> None:
        if session_key and not session_key.startswith(PREFIX):
            session_key = Key.made_from(session_key)
        if isinstance(session_key, Key):
            self.secret = session_key.secret
        super().__init__(session_key)

    def _get_new_session_key(self) -> str:
        self.secret = super()._get_new_session_key()  # type: ignore[misc]  # the stubs leave it out
        return Key.made_from(self.secret)


class SessionMiddleware(DjangoMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        """What a cookie says is always a secret: a key that somebody read in the database opens nothing."""
        secret = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        request.session = SessionStore(Key.made_from(secret) if secret else None)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        answered: HttpResponse = super().process_response(request, response)
        if request.session.accessed and not request.session.is_empty():
            # nobody who sits down here next, and no cache between, sees what this person was shown
            answered.headers.setdefault("Cache-Control", "private, no-store")
        sent = answered.cookies.get(settings.SESSION_COOKIE_NAME)
        if sent and sent.value == request.session.session_key:
            secret = request.session.secret  # type: ignore[attr-defined]
            sent.set(settings.SESSION_COOKIE_NAME, secret, secret)
        return answered


__all__ = ["SessionMiddleware", "SessionStore"]
