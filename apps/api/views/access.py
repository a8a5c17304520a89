"""Roles, members, teams, keys and limits: the same verbs as the console and the command line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import access_shapes as shapes
from apps.api.views.base import DoorView
from apps.api.views.schemas import operation, path_id
from sunmao.accounts import presenting, quotas, selectors, services
from sunmao.core.permission import declared

ROLE = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="A role's name.")
MEMBER, TEAM = path_id("member_id", "A member's id."), path_id("team_id", "A team's id.")
KEY, GRANT = path_id("key_id", "A key's id."), path_id("grant_id", "A grant's id.")
QUOTA = path_id("quota_id", "A limit's id.")
BEYOND = {403: ("beyond_own_rights",)}
GIVING = {**BEYOND, 404: ("unknown_role", "unknown_base", "unknown_task")}
LAST_OWNER = {**BEYOND, 409: ("last_owner",)}


class MyselfView(DoorView):
    @operation("who_am_i", gives={200: shapes.MyselfSerializer})
    def get(self, request: Request) -> Response:
        """Who the caller is, what they may do, and what they have used of their limits."""
        actor = self.actor
        with self.scope():
            limits = quotas.own_use(actor)
        return Response(
            {
                "kind": actor.kind,
                "id": str(actor.id),
                "name": actor.name,
                "on_behalf_of": actor.on_behalf_of,
                "rights": presenting.rights_as_dict(actor),
                "limits": limits,
            }
        )


class PermissionsView(DoorView):
    @operation("list_permissions", gives={200: shapes.PermissionsSerializer})
    def get(self, request: Request) -> Response:
        """Every permission that a role can have."""
        self.actor.require("accounts.role.manage")
        return Response({"permissions": [_permission(name) for name in sorted(declared())]})


def _permission(name: str) -> dict[str, Any]:
    one = declared()[name]
    return {
        "name": name,
        "title": str(one.title),
        "narrowable": one.narrowable,
        "for_keys": one.for_keys,
    }


class RolesView(DoorView):
    @operation("list_roles", gives={200: shapes.RolesSerializer})
    def get(self, request: Request) -> Response:
        with self.scope():
            rows = selectors.roles_visible_to(self.actor)
            return Response({"roles": [presenting.role_as_dict(role) for role in rows]})

    @operation(
        "make_role",
        takes=shapes.NewRoleSerializer,
        gives={201: shapes.RoleSerializer},
        refuses={**BEYOND, 409: ("role_exists",)},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        self.actor.require("accounts.role.manage")
        role = services.create_role(actor=self.actor, **shapes.NewRoleSerializer.of(request))
        return Response(presenting.role_as_dict(role), status=201)


class RoleView(DoorView):
    @operation("get_role", gives={200: shapes.RoleSerializer}, parameters=[ROLE])
    def get(self, request: Request, slug: str) -> Response:
        return Response(presenting.role_as_dict(self.find("role", slug)))

    @operation(
        "change_role",
        takes=shapes.ChangedRoleSerializer,
        gives={200: shapes.RoleSerializer},
        refuses={**BEYOND, 409: ("built_in_role",)},
        parameters=[ROLE],
        writes=True,
    )
    def patch(self, request: Request, slug: str) -> Response:
        self.actor.require("accounts.role.manage")
        role = self.find("role", slug)
        wanted = {"name": str(role.title), "permissions": role.permissions}
        wanted |= shapes.ChangedRoleSerializer.of(request)
        return Response(presenting.role_as_dict(services.change_role(actor=self.actor, role=role, **wanted)))

    @operation(
        "remove_role",
        gives={204: None},
        refuses={409: ("built_in_role", "role_in_use")},
        parameters=[ROLE],
        writes=True,
    )
    def delete(self, request: Request, slug: str) -> Response:
        self.actor.require("accounts.role.manage")
        services.remove_role(actor=self.actor, role=self.find("role", slug))
        return Response(status=204)


class MembersView(DoorView):
    @operation("list_members", gives={200: shapes.MembersSerializer})
    def get(self, request: Request) -> Response:
        """Everybody in the organisation. People are added by invitations."""
        with self.scope():
            rows = selectors.members_visible_to(self.actor)
            return Response({"members": [presenting.member_as_dict(member) for member in rows]})


class MemberView(DoorView):
    @operation("get_member", gives={200: shapes.MemberSerializer}, parameters=[MEMBER])
    def get(self, request: Request, member_id: str) -> Response:
        member = self.find("member", member_id)
        with self.scope():
            return Response(presenting.member_as_dict(member))

    @operation("remove_member", gives={204: None}, refuses=LAST_OWNER, parameters=[MEMBER], writes=True)
    def delete(self, request: Request, member_id: str) -> Response:
        """From the next request on the person may do nothing here."""
        self.actor.require("accounts.member.manage")
        services.remove_member(actor=self.actor, membership=self.find("member", member_id))
        return Response(status=204)


class MemberRightsView(DoorView):
    @operation("get_member_rights", gives={200: shapes.RightsSerializer}, parameters=[MEMBER])
    def get(self, request: Request, member_id: str) -> Response:
        """What this member may do, all their roles and teams together."""
        member = self.find("member", member_id)
        person = selectors.actor_of_user(member.user, membership=member)
        return Response(presenting.rights_as_dict(person))


class GivingView(DoorView):
    """Gives a role to what the address names."""

    kind = ""
    permission = "accounts.member.manage"

    def give(self, request: Request, reference: str) -> Response:
        self.actor.require(self.permission)
        holder = self.find(self.kind, reference)
        wanted = shapes.NewGrantSerializer.of(request)
        grant = services.give_role(actor=self.actor, holder=holder, **wanted)
        with self.scope():
            return Response(presenting.grant_as_dict(grant), status=201)


class MemberRolesView(GivingView):
    kind = "member"

    @operation(
        "give_role_to_member",
        takes=shapes.NewGrantSerializer,
        gives={201: shapes.GrantSerializer},
        refuses=GIVING,
        parameters=[MEMBER],
        writes=True,
    )
    def post(self, request: Request, member_id: str) -> Response:
        return self.give(request, member_id)


class TeamRolesView(GivingView):
    kind = "team"

    @operation(
        "give_role_to_team",
        takes=shapes.NewGrantSerializer,
        gives={201: shapes.GrantSerializer},
        refuses=GIVING,
        parameters=[TEAM],
        writes=True,
    )
    def post(self, request: Request, team_id: str) -> Response:
        return self.give(request, team_id)


class KeyRolesView(GivingView):
    kind = "key"
    permission = "accounts.key.manage"

    @operation(
        "give_role_to_key",
        takes=shapes.NewGrantSerializer,
        gives={201: shapes.GrantSerializer},
        refuses=GIVING,
        parameters=[KEY],
        writes=True,
    )
    def post(self, request: Request, key_id: str) -> Response:
        return self.give(request, key_id)


class GrantView(DoorView):
    @operation("take_grant", gives={204: None}, refuses=LAST_OWNER, parameters=[GRANT], writes=True)
    def delete(self, request: Request, grant_id: str) -> Response:
        services.take_grant(actor=self.actor, grant=self.find("grant", grant_id))
        return Response(status=204)


class TeamsView(DoorView):
    @operation("list_teams", gives={200: shapes.TeamsSerializer})
    def get(self, request: Request) -> Response:
        with self.scope():
            rows = selectors.teams_visible_to(self.actor)
            return Response({"teams": [presenting.team_as_dict(team) for team in rows]})

    @operation(
        "make_team",
        takes=shapes.TeamNamedSerializer,
        gives={201: shapes.TeamSerializer},
        refuses={409: ("team_exists",)},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        self.actor.require("accounts.team.manage")
        team = services.create_team(actor=self.actor, **shapes.TeamNamedSerializer.of(request))
        with self.scope():
            return Response(presenting.team_as_dict(team), status=201)


class TeamView(DoorView):
    @operation("get_team", gives={200: shapes.TeamSerializer}, parameters=[TEAM])
    def get(self, request: Request, team_id: str) -> Response:
        team = self.find("team", team_id)
        with self.scope():
            return Response(presenting.team_as_dict(team))

    @operation(
        "rename_team",
        takes=shapes.TeamNamedSerializer,
        gives={200: shapes.TeamSerializer},
        refuses={409: ("team_exists",)},
        parameters=[TEAM],
        writes=True,
    )
    def patch(self, request: Request, team_id: str) -> Response:
        self.actor.require("accounts.team.manage")
        team = self.find("team", team_id)
        named = shapes.TeamNamedSerializer.of(request)
        renamed = services.rename_team(actor=self.actor, team=team, **named)
        with self.scope():
            return Response(presenting.team_as_dict(renamed))

    @operation("remove_team", gives={204: None}, refuses=LAST_OWNER, parameters=[TEAM], writes=True)
    def delete(self, request: Request, team_id: str) -> Response:
        """Its members stay members; what they had through the team ends."""
        self.actor.require("accounts.team.manage")
        services.remove_team(actor=self.actor, team=self.find("team", team_id))
        return Response(status=204)


class TeamMemberView(DoorView):
    @operation("add_to_team", gives={204: None}, refuses=BEYOND, parameters=[TEAM, MEMBER], writes=True)
    def put(self, request: Request, team_id: str, member_id: str) -> Response:
        self.actor.require("accounts.team.manage")
        team, member = self.find("team", team_id), self.find("member", member_id)
        services.add_to_team(actor=self.actor, team=team, member=member)
        return Response(status=204)

    @operation(
        "remove_from_team", gives={204: None}, refuses=LAST_OWNER, parameters=[TEAM, MEMBER], writes=True
    )
    def delete(self, request: Request, team_id: str, member_id: str) -> Response:
        self.actor.require("accounts.team.manage")
        team, member = self.find("team", team_id), self.find("member", member_id)
        services.remove_from_team(actor=self.actor, team=team, member=member)
        return Response(status=204)


class KeysView(DoorView):
    @operation("list_keys", gives={200: shapes.KeysSerializer})
    def get(self, request: Request) -> Response:
        with self.scope():
            rows = selectors.keys_visible_to(self.actor)
            return Response({"keys": [presenting.key_as_dict(key) for key in rows]})

    @operation(
        "make_key",
        takes=shapes.NewKeySerializer,
        gives={201: shapes.IssuedKeySerializer},
        refuses=GIVING,
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """The answer is the only place where the secret is ever shown."""
        self.actor.require("accounts.key.manage")
        issued = services.create_api_key(actor=self.actor, **shapes.NewKeySerializer.of(request))
        with self.scope():
            return Response(presenting.issued_key_as_dict(issued), status=201)


class KeyView(DoorView):
    @operation("get_key", gives={200: shapes.KeySerializer}, parameters=[KEY])
    def get(self, request: Request, key_id: str) -> Response:
        key = self.find("key", key_id)
        with self.scope():
            return Response(presenting.key_as_dict(key))

    @operation("revoke_key", gives={204: None}, parameters=[KEY], writes=True)
    def delete(self, request: Request, key_id: str) -> Response:
        """At once and for good; its row stays, so that the log can be read."""
        services.revoke_api_key(actor=self.actor, key=self.find("key", key_id))
        return Response(status=204)


class RotateKeyView(DoorView):
    @operation(
        "rotate_key",
        takes=shapes.RotationSerializer,
        gives={200: shapes.IssuedKeySerializer},
        refuses={**BEYOND, 409: ("key_revoked",)},
        parameters=[KEY],
        writes=True,
    )
    def post(self, request: Request, key_id: str) -> Response:
        """A new secret; the one before stays good for a while (`previous_until`)."""
        key = self.find("key", key_id)
        seconds = shapes.RotationSerializer.of(request).get("grace_seconds")
        grace = None if seconds is None else timedelta(seconds=seconds)
        issued = services.rotate_api_key(actor=self.actor, key=key, grace=grace)
        with self.scope():
            return Response(presenting.issued_key_as_dict(issued))


class QuotasView(DoorView):
    @operation("list_quotas", gives={200: shapes.QuotasSerializer})
    def get(self, request: Request) -> Response:
        """Limits with what is used of them now; of one for each of many, by whoever used most."""
        with self.scope():
            rows = selectors.quotas_visible_to(self.actor)
            return Response({"quotas": [presenting.quota_as_dict(quota) for quota in rows]})

    @operation(
        "set_quota",
        takes=shapes.NewQuotaSerializer,
        gives={200: shapes.QuotaSerializer},
        refuses=BEYOND,
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Set a limit, or change the one of the same kind."""
        self.actor.require("accounts.quota.manage")
        wanted = shapes.NewQuotaSerializer.of(request)
        wanted["only_for"] = str(wanted.get("only_for", ""))
        quota = services.set_quota(actor=self.actor, **wanted)
        with self.scope():
            return Response(presenting.quota_as_dict(quota))


class QuotaView(DoorView):
    @operation("remove_quota", gives={204: None}, refuses=BEYOND, parameters=[QUOTA], writes=True)
    def delete(self, request: Request, quota_id: str) -> Response:
        services.remove_quota(actor=self.actor, quota=self.find("quota", quota_id))
        return Response(status=204)
