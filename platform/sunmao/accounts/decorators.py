"""What a page needs before it runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from sunmao.accounts.middleware import MemberRequest
from sunmao.core import tenancy
from sunmao.core.errors import Unauthenticated

View = Callable[..., HttpResponse]


def member_required(view: View) -> View:
    """Signed in, and inside a transaction that sees the rows of the person's organisation.

    The view must not wait for workers or stream: it holds a database connection.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        denied = sign_in_first(request)
        if denied:
            return denied
        with tenancy.scope(cast(MemberRequest, request).actor.organisation_id):
            return view(request, *args, **kwargs)

    return guarded


def sign_in_first(request: HttpRequest) -> HttpResponse | None:
    """None for a member; otherwise a redirect for a page and an error for a fragment."""
    if cast(MemberRequest, request).actor:
        return None
    if request.headers.get("HX-Request"):
        raise Unauthenticated
    return redirect_to_login(request.get_full_path())
