"""Ways in, and a person's own sign-in. What needs a fresh proof leads to it: nobody here has one."""

from __future__ import annotations

from tests.security.matrix import MEMBER, OPEN, Row, Send, get, post

_PROOF = "nothing happens without a fresh proof of who it is; what does then is tried with the sign-in pages"
_NOBODY = "somebody who is signed in has no business here, and others get no further"


def _page(route: str, gives: int, path: str = "", **more: object) -> Row:
    return Row(route=route, method="GET", needs=MEMBER, gives=gives, send=get(path or route), **more)  # type: ignore[arg-type]


def _open(route: str, path: str, gives: int, method: str = "GET", **more: object) -> Row:
    send: Send = get(path) if method == "GET" else post(path)
    return Row(route=route, method=method, needs=OPEN, gives=gives, send=send, **more)  # type: ignore[arg-type]


def _post(route: str, path: str, **more: object) -> Row:
    return Row(route=route, method="POST", needs=MEMBER, gives=302, send=post(path), **more)  # type: ignore[arg-type]


DOORS = (
    _open("sign-in/", "sign-in/", 302, method="POST", anonymous=200, silent=_NOBODY),
    _open("reset-password/<str:token>/", "reset-password/none/", 410),
    _open("forgotten/", "forgotten/", 404),
    _open("invitations/<str:token>/", "invitations/none/", 410),
    _open("sign-in/passkey/", "sign-in/passkey/", 302),
    _open("sign-in/second-step/", "sign-in/second-step/", 302),
    _page("account/", 200),
    _page("account/organisation/", 200),
    _page("account/password/", 302),
    _page("account/confirm/", 200),
    _page("account/confirm/code/", 302),
    _page("account/confirm/passkey/", 302),
    _page("account/app/", 302),
    _page("account/passkey/", 302),
    _page("account/recovery-codes/", 404),
    _page("account/recovery-codes/download/", 404),
    _post("account/factors/<int:factor_id>/remove/", "account/factors/1/remove/", silent=_PROOF),
    _post("account/recovery-codes/renew/", "account/recovery-codes/renew/", silent=_PROOF),
    _post("account/sessions/end/", "account/sessions/end/", writes=("session.ended",)),
    _open("sso/find/", "sso/find/", 200),
    _open("sso/<slug:slug>/", "sso/none/", 404),
    _open("sso/<slug:provider_id>/callback/", "sso/none/callback/", 404),
    _open("sso/<slug:organization_slug>/acs/", "sso/none/acs/", 404, method="POST", silent=_NOBODY),
    _open("sso/<slug:organization_slug>/acs/finish/", "sso/none/acs/finish/", 404),
    _open("sso/<slug:organization_slug>/metadata/", "sso/none/metadata/", 404),
)
