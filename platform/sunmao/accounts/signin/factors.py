"""Second factors: codes of an app, recovery codes, passkeys. Each change is in the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal import flows as recovery
from allauth.mfa.totp.internal import flows as totp
from allauth.mfa.webauthn.internal import flows as webauthn
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.models import User
from sunmao.accounts.signin import entries
from sunmao.accounts.signin.opening import opening
from sunmao.accounts.signin.standing import asks_second_factor, memberships_of
from sunmao.core.errors import Conflict, Forbidden, NotFound


class KeptByProvider(Forbidden):
    code = "kept_by_provider"
    default_message = _(
        "You signed in through your organisation's identity provider. "
        "Passwords and second factors are kept there."
    )


def require_own(request: HttpRequest) -> User:
    """Credentials are changed only in a session that was opened with them."""
    if opening(request).by_provider:
        raise KeptByProvider
    return cast(User, request.user)


@dataclass(frozen=True)
class Factor:
    """As a person sees it."""

    id: int
    kind: Literal["totp", "passkey"]
    name: str
    created_at: datetime
    last_used_at: datetime | None


def factors_of(user: User) -> list[Factor]:
    """Without the recovery codes, which only stand in for the others."""
    found = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return [_shown(factor) for factor in found.order_by("created_at")]


def _shown(factor: Authenticator) -> Factor:
    is_app = factor.type == Authenticator.Type.TOTP
    return Factor(
        id=factor.pk,
        kind="totp" if is_app else "passkey",
        name="" if is_app else str(factor.data.get("name", "")),
        created_at=factor.created_at,
        last_used_at=factor.last_used_at,
    )


@transaction.atomic
def enrol_app(*, request: HttpRequest, form: Any) -> bool:
    """An authenticator app. True when recovery codes were made with it and have to be shown."""
    user = require_own(request)
    made, codes = totp.activate_totp(request, form)
    _prove(request, made)
    entries.note(user, "second_factor.enrolled", kind="totp")
    return codes is not None


@transaction.atomic
def enrol_passkey(*, request: HttpRequest, name: str, credential: dict[str, Any]) -> bool:
    user = require_own(request)
    made, codes = webauthn.add_authenticator(request, name=name, credential=credential)
    _prove(request, made)
    entries.note(user, "second_factor.enrolled", kind="passkey", name=name)
    return codes is not None


@transaction.atomic
def remove(*, request: HttpRequest, factor_id: int) -> None:
    """Give one up. The last one stays where an organisation asks for it."""
    user = require_own(request)
    found = Authenticator.objects.select_for_update().filter(user=user, pk=factor_id)
    factor = found.exclude(type=Authenticator.Type.RECOVERY_CODES).first()
    if factor is None:
        raise NotFound
    others = Authenticator.objects.filter(user=user).exclude(pk=factor.pk)
    is_last = not others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
    if is_last and any(asks_second_factor(found) for found in memberships_of(user)):
        raise Conflict(
            _("Your organisation asks for a second factor. Add another one first."), code="last_factor"
        )
    kind = "totp" if factor.type == Authenticator.Type.TOTP else "passkey"
    if kind == "totp":
        totp.deactivate_totp(request, factor)
    else:
        webauthn.remove_authenticator(request, factor)
    entries.note(user, "second_factor.removed", kind=kind)


@transaction.atomic
def renew_recovery_codes(*, request: HttpRequest) -> None:
    user = require_own(request)
    if not recovery.can_generate_recovery_codes(user):
        raise Conflict(_("Set up a second factor first."), code="no_factor")
    recovery.generate_recovery_codes(request)
    entries.note(user, "second_factor.recovery_renewed")


def _prove(request: HttpRequest, factor: Authenticator) -> None:
    """Whoever has just set it up has it at hand: the running session counts as proven."""
    record_authentication(request, request.user, "mfa", id=factor.pk, type=factor.type)
