"""Roles, members, teams, keys, limits, policies, people, the audit log; how people sign in."""

from __future__ import annotations

from tests.security.matrix import MEMBER, Row, delete, get, post, post_json, send_json

ROLES, MEMBERS, TEAMS = "accounts.role.manage", "accounts.member.manage", "accounts.team.manage"
KEYS, QUOTAS, SIGNIN = "accounts.key.manage", "accounts.quota.manage", "accounts.signin.manage"
POLICIES, REVERSE = "guards.policy.manage", "privacy.surrogate.reverse"
EXPORT, ERASE = "privacy.person.export", "privacy.person.erase"
REVIEW = "guards.quarantine.review"
LOG, LOG_EXPORT = "audit.entry.read", "audit.entry.export"
END_USER = {"role": "end_user"}
QUOTA = {"target": "organisation", "measure": "requests", "period": "day", "limit": 1_000_000}
POLICY = {"place": "question", "modes": {"mobile": "mask"}}
PROVIDER = {
    "slug": "another-provider", "name": "Provider", "protocol": "oidc", "enabled": False,
    "issuer": "https://issuer.example", "client_id": "client", "client_secret": "a secret of theirs",
}  # fmt: skip
V1 = "api/v1/"


def _one(route: str, method: str, send: object, needs: str, gives: int, *writes: str) -> Row:
    """A row about one thing of a house."""
    return Row(
        route=V1 + route,
        method=method,
        send=send,
        needs=needs,
        gives=gives,
        names="house",
        writes=writes,  # type: ignore[arg-type]
    )


def _all(route: str, method: str, send: object, needs: str, gives: int, *writes: str) -> Row:
    return Row(route=V1 + route, method=method, send=send, needs=needs, gives=gives, writes=writes)  # type: ignore[arg-type]


def _get(path: str) -> object:
    return get(V1 + path)


def _delete(path: str) -> object:
    return delete(V1 + path)


def _send(method: str, path: str, data: object = None) -> object:
    return send_json(method, V1 + path, lambda _: data or {})


ACCESS = (
    _all("me", "GET", _get("me"), MEMBER, 200),
    _all("permissions", "GET", _get("permissions"), ROLES, 200),
    _all("roles", "GET", _get("roles"), ROLES, 200),
    _all("roles", "POST", _send("POST", "roles", {"slug": "new-role", "name": "New", "permissions": []}),
         ROLES, 201, "role.created"),
    _one("roles/<str:slug>", "GET", _get("roles/{role}"), ROLES, 200),
    _one("roles/<str:slug>", "PATCH", _send("PATCH", "roles/{role}", {"name": "Renamed"}), ROLES, 200,
         "role.changed"),
    _one("roles/<str:slug>", "DELETE", _delete("roles/{role}"), ROLES, 204, "role.removed"),
    _all("members", "GET", _get("members"), MEMBERS, 200),
    _one("members/<str:member_id>", "GET", _get("members/{member}"), MEMBERS, 200),
    _one("members/<str:member_id>", "DELETE", _delete("members/{member}"), MEMBERS, 204,
         "member.removed"),
    _one("members/<str:member_id>/rights", "GET", _get("members/{member}/rights"), MEMBERS, 200),
    _one("members/<str:member_id>/roles", "POST",
         _send("POST", "members/{member}/roles", {"role": "auditor"}), MEMBERS, 201, "role.given"),
    _all("teams", "GET", _get("teams"), TEAMS, 200),
    _all("teams", "POST", _send("POST", "teams", {"name": "Night shift"}), TEAMS, 201, "team.created"),
    _one("teams/<str:team_id>", "GET", _get("teams/{team}"), TEAMS, 200),
    _one("teams/<str:team_id>", "PATCH", _send("PATCH", "teams/{team}", {"name": "Day shift"}), TEAMS, 200,
         "team.renamed"),
    _one("teams/<str:team_id>", "DELETE", _delete("teams/{team}"), TEAMS, 204, "team.removed"),
    _one("teams/<str:team_id>/roles", "POST", _send("POST", "teams/{team}/roles", {"role": "agent"}),
         MEMBERS, 201, "role.given"),
    _one("teams/<str:team_id>/members/<str:member_id>", "PUT", _send("PUT", "teams/{team}/members/{member}"),
         TEAMS, 204, "team.joined"),
    _one("teams/<str:team_id>/members/<str:member_id>", "DELETE", _delete("teams/{team}/members/{colleague}"),
         TEAMS, 204, "team.left"),
    _all("keys", "GET", _get("keys"), KEYS, 200),
    _all("keys", "POST", _send("POST", "keys", {"name": "till"}), KEYS, 201, "key.created"),
    _one("keys/<str:key_id>", "GET", _get("keys/{key}"), KEYS, 200),
    _one("keys/<str:key_id>", "DELETE", _delete("keys/{key}"), KEYS, 204, "key.revoked"),
    _one("keys/<str:key_id>/rotate", "POST", _send("POST", "keys/{key}/rotate"), KEYS, 200, "key.rotated"),
    _one("keys/<str:key_id>/roles", "POST", _send("POST", "keys/{key}/roles", {"role": "knowledge_editor"}),
         KEYS, 201, "role.given"),
    _one("grants/<str:grant_id>", "DELETE", _delete("grants/{grant}"), MEMBERS, 204, "role.taken"),
    _all("quotas", "GET", _get("quotas"), QUOTAS, 200),
    _all("quotas", "POST", _send("POST", "quotas", QUOTA), QUOTAS, 200, "quota.set"),
    _one("quotas/<str:quota_id>", "DELETE", _delete("quotas/{quota}"), QUOTAS, 204, "quota.removed"),
    _all("policies/personal-data", "GET", _get("policies/personal-data"), POLICIES, 200),
    _all("policies/personal-data", "PUT", _send("PUT", "policies/personal-data", POLICY), POLICIES, 200,
         "personal_data_policy.changed"),
    _one("policies/personal-data/<str:policy_id>", "DELETE", _delete("policies/personal-data/{policy}"),
         POLICIES, 204, "personal_data_policy.removed"),
    _one("records/<str:record_id>/reversal", "POST",
         _send("POST", "records/{told}/reversal", {"reason": "asked by the person"}), REVERSE, 200,
         "surrogates.reversed"),
    Row(route=f"{V1}people/export", method="POST", needs=EXPORT, gives=200, names="house",
        writes=("person.exported",),
        send=post_json(f"{V1}people/export", lambda t: {"subject": t.others["subject"]})),
    Row(route=f"{V1}people/erasure", method="POST", needs=ERASE, gives=200, names="house",
        writes=("person.erased",),
        send=post_json(f"{V1}people/erasure", lambda t: {"subject": t.others["subject"]})),
    _all("quarantine", "GET", _get("quarantine"), REVIEW, 200),
    *(
        Row(route=f"{V1}quarantine/<passage_id>/<action>", method="POST", needs=REVIEW, gives=200,
            names="shelf", writes=(verb,), send=post(f"{V1}quarantine/{{held}}/{action}"))
        for action, verb in (("release", "passage.released"), ("remove", "passage.removed"))
    ),
    _all("audit/entries", "GET", _get("audit/entries"), LOG, 200),
    _one("audit/entries/<str:entry_id>", "GET", _get("audit/entries/{entry}"), LOG, 200),
    _all("audit/heads", "GET", _get("audit/heads"), LOG, 200),
    _all("audit/export", "GET", _get("audit/export"), LOG_EXPORT, 200, "audit.exported"),
)  # fmt: skip

SIGN_IN = (
    _all("invitations", "GET", _get("invitations"), MEMBERS, 200),
    _all("invitations", "POST", _send("POST", "invitations", END_USER), MEMBERS, 201, "invitation.sent"),
    _one("invitations/<str:invitation_id>", "GET", _get("invitations/{invitation}"), MEMBERS, 200),
    _one("invitations/<str:invitation_id>", "DELETE", _delete("invitations/{invitation}"), MEMBERS, 204,
         "invitation.withdrawn"),
    _one("invitations/<str:invitation_id>/resend", "POST", _send("POST", "invitations/{invitation}/resend"),
         MEMBERS, 200, "invitation.sent_again"),
    _all("connections", "GET", _get("connections"), SIGNIN, 200),
    _all("connections", "POST", _send("POST", "connections", PROVIDER), SIGNIN, 201, "connection.made"),
    _one("connections/<str:slug>", "GET", _get("connections/{connection}"), SIGNIN, 200),
    _one("connections/<str:slug>", "PATCH", _send("PATCH", "connections/{connection}", {"name": "Other"}),
         SIGNIN, 200, "connection.changed"),
    _one("connections/<str:slug>", "DELETE", _delete("connections/{connection}"), SIGNIN, 204,
         "connection.removed"),
    _all("sign-in-rules", "GET", _get("sign-in-rules"), SIGNIN, 200),
    _all("sign-in-rules", "PUT", _send("PUT", "sign-in-rules", {"second_factor_roles": ["agent"]}), SIGNIN,
         200, "sign_in_rules.changed"),
    _one("members/<str:member_id>/sign-in", "GET", _get("members/{member}/sign-in"), MEMBERS, 200),
    _one("members/<str:member_id>/unlock", "POST", _send("POST", "members/{member}/unlock"), MEMBERS, 204,
         "sign_in.unlocked"),
    _one("members/<str:member_id>/password-reset", "POST", _send("POST", "members/{member}/password-reset"),
         MEMBERS, 201, "password.reset_issued"),
    _one("members/<str:member_id>/second-factors", "DELETE", _delete("members/{member}/second-factors"),
         MEMBERS, 204, "second_factor.reset"),
    _one("members/<str:member_id>/addresses", "POST",
         _send("POST", "members/{member}/addresses", {"email": "guest@example.com"}), MEMBERS, 204,
         "address.confirmed"),
)  # fmt: skip


__all__ = ["ACCESS", "SIGN_IN", "post"]
