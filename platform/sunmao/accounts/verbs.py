"""What people call the things that entries about access say (see `sunmao.audit.verbs`)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Message

VERBS: Mapping[str, Message] = {
    "organisation.created": _("Organisation made"),
    "vertical.enabled": _("Business line enabled"),
    "member.added": _("Member added"),
    "member.removed": _("Member removed"),
    "role.created": _("Role made"),
    "role.changed": _("Role changed"),
    "role.removed": _("Role removed"),
    "role.given": _("Role given"),
    "role.taken": _("Role taken away"),
    "team.created": _("Team made"),
    "team.renamed": _("Team renamed"),
    "team.removed": _("Team removed"),
    "team.joined": _("Team joined"),
    "team.left": _("Team left"),
    "key.created": _("API key made"),
    "key.rotated": _("API key renewed"),
    "key.revoked": _("API key revoked"),
    "quota.set": _("Limit set"),
    "quota.removed": _("Limit removed"),
    "first_run_link.used": _("First-run link used"),
    "invitation.sent": _("Invitation sent"),
    "invitation.sent_again": _("Invitation sent again"),
    "invitation.withdrawn": _("Invitation withdrawn"),
    "invitation.accepted": _("Invitation accepted"),
    "sign_in.succeeded": _("Signed in"),
    "sign_in.failed": _("Sign-in failed"),
    "sign_in.refused": _("Sign-in refused"),
    "sign_in.locked": _("Sign-in locked"),
    "sign_in.unlocked": _("Sign-in unlocked"),
    "sign_in_rules.changed": _("Rules for signing in changed"),
    "address.confirmed": _("E-mail address confirmed"),
    "session.closed": _("Signed out"),
    "session.ended": _("Sessions ended"),
    "password.changed": _("Password changed"),
    "password.reset": _("Password set anew"),
    "password.reset_asked": _("New password asked for"),
    "password.reset_issued": _("Link for a new password issued"),
    "second_factor.enrolled": _("Second factor added"),
    "second_factor.removed": _("Second factor removed"),
    "second_factor.reset": _("Second factors removed by an administrator"),
    "second_factor.recovery_renewed": _("Recovery codes renewed"),
    "identity.linked": _("Identity of another service linked"),
    "connection.made": _("Sign-in service connected"),
    "connection.vouched": _("Identity provider vouched for"),
    "connection.changed": _("Sign-in service changed"),
    "connection.removed": _("Sign-in service removed"),
}
