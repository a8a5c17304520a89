"""What changes something is shown first, and done once, when the person who asked says so.

proposed → executed, or cancelled, or expired. The confirmation is a signed value that names the call, the
digest of its arguments, the person, the conversation and its end; the model never sees one. What only changes
our own tables is done in the transaction that ends the proposal. A call that leaves the house cannot be taken
back: it is marked before it is made, and if nobody learns its outcome, it stays marked and is not repeated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.core import signing
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from sunmao.answering.models import Exchange
from sunmao.answering.tooling import uses
from sunmao.answering.tooling.models import ToolUse, UseState
from sunmao.answering.tooling.toolbox import Offered, context_for, toolbox_for
from sunmao.answering.tooling.working import attempted
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.crypto import persons
from sunmao.core.errors import Conflict, Forbidden, InvalidInput
from sunmao.inference.tools.declaring import Context
from sunmao.inference.tools.problems import ToolFault

LIFETIME: Final = timedelta(minutes=10)
SALT: Final = "sunmao.tooling.confirmation"


class ConfirmationStale(Conflict):
    code = "confirmation_stale"
    default_message = _("This confirmation no longer fits what is to be done. Ask again.")


class ActionSettled(Conflict):
    code = "action_settled"
    default_message = _("This was decided before.")


class ActionFailed(Conflict):
    code = "action_failed"
    default_message = _("It could not be done, and nothing was changed.")


def propose(
    *,
    context: Context,
    exchange: Exchange | None,
    offered: Offered,
    call_id: str,
    arguments: Mapping[str, Any],
    repairs: int = 0,
) -> ToolUse:
    """Inside the actor's scope: look at what would happen, and keep it until somebody decides."""
    looked = attempted(lambda: _rehearsed(context, offered, arguments))
    if not looked.result.ok:
        error = looked.result.error or {}
        raise ToolFault(error.get("code", "tool_failed"), error.get("message", ""))
    return uses.note(
        actor=context.actor,
        exchange=exchange,
        task=context.task,
        call_id=call_id,
        tool=offered.name,
        effect=offered.effect,
        arguments=arguments,
        state=UseState.PROPOSED,
        preview={"title": offered.title, **looked.result.data},
        repairs=repairs,
        expires_at=now() + LIFETIME,
    )


def _rehearsed(context: Context, offered: Offered, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Whatever a preview writes is taken back."""
    with transaction.atomic():
        found = dict(offered.preview(context, arguments))
        transaction.set_rollback(True)
    return found


def token_of(use: ToolUse) -> str:
    """What the page of its owner carries; it is of no use to anybody else."""
    return signing.dumps(_bound(use), salt=SALT)


def _bound(use: ToolUse) -> dict[str, Any]:
    return {
        "use": str(use.pk),
        "digest": use.digest,
        "owner": f"{use.owner_kind}:{use.owner_id}",
        "person": str(use.person_key),
        "conversation": str(use.conversation_id),
        "until": use.expires_at.isoformat() if use.expires_at else "",
    }


def confirm(*, actor: Actor, use: ToolUse, token: str) -> ToolUse:
    """Do it. Asking again tells what came of it and does nothing."""
    offered = _confirmed(actor, use, token)
    if offered is None:
        return _fresh(actor, use)
    return _outside(actor, use, offered) if offered.outside else _inside(actor, use, offered)


def _confirmed(actor: Actor, use: ToolUse, token: str) -> Offered | None:
    """The tool, when it is to be done now; None when it has been. Raises whatever stands against it."""
    if not isinstance(token, str) or not token:
        raise InvalidInput(fields={"token": _("is missing")})
    _require_fit(actor, use, token)
    with tenancy.scope(actor.organisation_id):
        if ToolUse.objects.filter(pk=use.pk, state=UseState.EXECUTED).exists():
            return None
        late = ToolUse.objects.filter(pk=use.pk, state=UseState.PROPOSED, expires_at__lte=now())
        if late.update(state=UseState.EXPIRED, ended_at=now()):
            raised: Conflict | None = ConfirmationStale()
        else:
            raised = None
    if raised:
        raise raised
    return _permitted(actor, use)


def _require_fit(actor: Actor, use: ToolUse, token: str) -> None:
    with tenancy.scope(actor.organisation_id):
        mine = use.owner_kind == actor.kind and use.owner_id == actor.id
        person = persons.keys_of(actor.subject).filter(pk=use.person_key).exists()
    try:
        bound = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except signing.BadSignature as error:
        raise ConfirmationStale from error
    same = uses.digest_of(use.pk, use.tool, use.arguments) == use.digest
    if not (mine and person and same and bound == _bound(use)):
        raise ConfirmationStale


def _permitted(actor: Actor, use: ToolUse) -> Offered:
    """With the rights that the person has now, and the tool as it is now."""
    with tenancy.scope(actor.organisation_id):
        offered = toolbox_for(actor=actor, task=use.task).get(use.tool)
    if offered is None:
        raise Forbidden(fields={"tool": use.tool})
    return offered


def _inside(actor: Actor, use: ToolUse, offered: Offered) -> ToolUse:
    """The change and its end in one transaction: both happen, or neither."""
    failed: dict[str, Any] | None = None
    with tenancy.scope(actor.organisation_id), translation.override(actor.language):
        row = _taken(use, UseState.EXECUTED)
        try:
            with transaction.atomic():
                outcome = attempted(
                    lambda: offered.call(context_for(actor=actor, task=use.task), use.arguments)
                )
                if not outcome.result.ok:
                    raise _Undo
        except _Undo:
            failed = outcome.result.error
        row.result, row.milliseconds = outcome.result.as_dict(), outcome.milliseconds
        _end(actor, row, failed)
    if failed:
        raise ActionFailed(fields={"tool": str(failed.get("message", ""))})
    return row


class _Undo(Exception):
    """Takes back what a tool did before it failed."""


def _outside(actor: Actor, use: ToolUse, offered: Offered) -> ToolUse:
    """Marked and committed first; no transaction is held while somebody else's server works."""
    with tenancy.scope(actor.organisation_id):
        row = _taken(use, UseState.EXECUTING)
    outcome = attempted(lambda: offered.call(context_for(actor=actor, task=use.task), use.arguments))
    unknown = outcome.code in ("tool_timeout", "tool_failed")
    with tenancy.scope(actor.organisation_id):
        row.result, row.milliseconds = outcome.result.as_dict(), outcome.milliseconds
        if unknown:
            row.error_code = "outcome_unknown"
            row.save(update_fields=["result", "milliseconds", "error_code"])
            uses.tell(actor, row, "tool.confirmation_failed")
        else:
            row.state = UseState.EXECUTED
            _end(actor, row, None if outcome.result.ok else outcome.result.error)
    if not outcome.result.ok:
        message = (outcome.result.error or {}).get("message", "")
        raise ActionFailed(
            _("The other server did not say what came of it. Look there before you try again.")
            if unknown
            else None,
            fields={"tool": str(message)},
        )
    return row


def _taken(use: ToolUse, state: UseState) -> ToolUse:
    """One of several who press the button at once gets it."""
    key = hashlib.sha256(
        f"{use.organisation_id}|{use.conversation_id}|{use.digest}|{use.pk}".encode()
    ).hexdigest()
    mine = ToolUse.objects.filter(pk=use.pk, state=UseState.PROPOSED)
    if not mine.update(state=state, idempotency_key=key):
        raise ActionSettled
    return ToolUse.objects.get(pk=use.pk)


def _end(actor: Actor, row: ToolUse, failed: Mapping[str, Any] | None) -> None:
    row.ended_at = now()
    row.error_code = str(failed["code"]) if failed else ""
    row.state = UseState.FAILED if failed else UseState.EXECUTED
    row.save(update_fields=["result", "milliseconds", "ended_at", "error_code", "state"])
    uses.tell(actor, row, "tool.confirmation_failed" if failed else "tool.confirmed")


def cancel(*, actor: Actor, use: ToolUse) -> ToolUse:
    """It is not going to be done, and its confirmation is void."""
    with tenancy.scope(actor.organisation_id), transaction.atomic():
        mine = ToolUse.objects.filter(pk=use.pk, state=UseState.PROPOSED)
        if not mine.update(state=UseState.CANCELLED, ended_at=now()):
            raise ActionSettled
        use.refresh_from_db()
        uses.tell(actor, use, "tool.cancelled")
    return use


def _fresh(actor: Actor, use: ToolUse) -> ToolUse:
    with tenancy.scope(actor.organisation_id):
        return ToolUse.objects.get(pk=use.pk)


__all__ = ["ActionFailed", "ActionSettled", "ConfirmationStale", "cancel", "confirm", "propose", "token_of"]
