"""Invitations, identity providers, rules of signing in, and what an administrator does about a member's."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import signin_shapes as shapes
from apps.api.views.base import DoorView
from apps.api.views.schemas import operation, path_id
from sunmao.accounts.signin import connections, invitations, mail, passwords, people, rules

INVITATION = path_id("invitation_id", "An invitation's id.")
MEMBER = path_id("member_id", "A member's id.")
SLUG = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="A provider's address.")
GIVING = {403: ("beyond_own_rights",), 404: ("unknown_role",)}
ENDED = {409: ("invitation_ended",)}
SHARED = {409: ("shared_person",)}
PEOPLE, RULES = "accounts.member.manage", "accounts.signin.manage"


class InvitationsView(DoorView):
    @operation("list_invitations", gives={200: shapes.InvitationsSerializer})
    def get(self, request: Request) -> Response:
        """The newest two hundred."""
        with self.scope():
            rows = invitations.invitations_visible_to(self.actor)[:200]
            return Response({"invitations": [invitations.as_dict(one) for one in rows]})

    @operation(
        "invite",
        takes=shapes.NewInvitationSerializer,
        gives={201: shapes.IssuedInvitationSerializer},
        refuses=GIVING,
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Make a link that makes somebody a member, once."""
        self.actor.require(PEOPLE)
        issued = invitations.invite(actor=self.actor, **shapes.NewInvitationSerializer.of(request))
        return Response(_issued(request, issued), status=201)


class InvitationView(DoorView):
    @operation("get_invitation", gives={200: shapes.InvitationSerializer}, parameters=[INVITATION])
    def get(self, request: Request, invitation_id: str) -> Response:
        return Response(invitations.as_dict(self.find("invitation", invitation_id)))

    @operation("withdraw_invitation", gives={204: None}, refuses=ENDED, parameters=[INVITATION], writes=True)
    def delete(self, request: Request, invitation_id: str) -> Response:
        """From now on its link does not work."""
        self.actor.require(PEOPLE)
        invitations.withdraw(actor=self.actor, invitation=self.find("invitation", invitation_id))
        return Response(status=204)


class ResendInvitationView(DoorView):
    @operation(
        "resend_invitation",
        gives={200: shapes.IssuedInvitationSerializer},
        refuses={**GIVING, **ENDED},
        parameters=[INVITATION],
        writes=True,
    )
    def post(self, request: Request, invitation_id: str) -> Response:
        """A fresh link; the earlier one stops working."""
        self.actor.require(PEOPLE)
        found = self.find("invitation", invitation_id)
        return Response(_issued(request, invitations.resend(actor=self.actor, invitation=found)))


def _issued(request: Request, issued: invitations.Issued) -> dict[str, Any]:
    link = request.build_absolute_uri(reverse("portal:invitation", args=[issued.token]))
    return {
        **invitations.as_dict(issued.invitation),
        "link": link,
        "mailed": mail.invite_by_mail(issued.invitation, link=link),
    }


class ConnectionsView(DoorView):
    @operation("list_connections", gives={200: shapes.ConnectionsSerializer})
    def get(self, request: Request) -> Response:
        with self.scope():
            rows = connections.connections_visible_to(self.actor)
            return Response({"connections": [connections.as_dict(one) for one in rows]})

    @operation(
        "connect_provider",
        takes=shapes.NewConnectionSerializer,
        gives={201: shapes.ConnectionSerializer},
        refuses={**GIVING, 409: ("connection_exists",)},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Let an identity provider sign the organisation's people in."""
        self.actor.require(RULES)
        values = shapes.NewConnectionSerializer.of(request)
        made = connections.save_connection(actor=self.actor, values=values)
        return Response(connections.as_dict(made), status=201)


class ConnectionView(DoorView):
    @operation("get_connection", gives={200: shapes.ConnectionSerializer}, parameters=[SLUG])
    def get(self, request: Request, slug: str) -> Response:
        return Response(connections.as_dict(self.find("connection", slug)))

    @operation(
        "change_connection",
        takes=shapes.ChangedConnectionSerializer,
        gives={200: shapes.ConnectionSerializer},
        refuses=GIVING,
        parameters=[SLUG],
        writes=True,
    )
    def patch(self, request: Request, slug: str) -> Response:
        """What is left out stays. Switching it off ends the sessions that it opened."""
        self.actor.require(RULES)
        found = self.find("connection", slug)
        values = shapes.ChangedConnectionSerializer.of(request)
        changed = connections.save_connection(actor=self.actor, values=values, connection=found)
        return Response(connections.as_dict(changed))

    @operation("disconnect_provider", gives={204: None}, parameters=[SLUG], writes=True)
    def delete(self, request: Request, slug: str) -> Response:
        """Its people stay members, but come in another way."""
        self.actor.require(RULES)
        connections.remove_connection(actor=self.actor, connection=self.find("connection", slug))
        return Response(status=204)


class RulesView(DoorView):
    @operation("get_sign_in_rules", gives={200: shapes.RulesSerializer})
    def get(self, request: Request) -> Response:
        with self.scope():
            return Response({"second_factor_roles": rules.policy_of(self.actor).second_factor_roles})

    @operation(
        "set_sign_in_rules",
        takes=shapes.NewRulesSerializer,
        gives={200: shapes.RulesSerializer},
        refuses={404: ("unknown_role",)},
        writes=True,
    )
    def put(self, request: Request) -> Response:
        """Members with one of these roles need a second factor, from their next request on."""
        self.actor.require(RULES)
        wanted = shapes.NewRulesSerializer.of(request)["second_factor_roles"]
        policy = rules.require_second_factor(actor=self.actor, roles=wanted)
        return Response({"second_factor_roles": policy.second_factor_roles})


class MemberSignInView(DoorView):
    @operation("get_member_sign_in", gives={200: shapes.SignInStateSerializer}, parameters=[MEMBER])
    def get(self, request: Request, member_id: str) -> Response:
        """Second factors, and whether the member is locked out after too many attempts."""
        self.actor.require(PEOPLE)
        found = self.find("member", member_id)
        return Response(people.sign_in_of(actor=self.actor, membership=found))


class UnlockView(DoorView):
    @operation("unlock_member", gives={204: None}, parameters=[MEMBER], writes=True)
    def post(self, request: Request, member_id: str) -> Response:
        """End the wait after too many attempts."""
        self.actor.require(PEOPLE)
        people.unlock(actor=self.actor, membership=self.find("member", member_id))
        return Response(status=204)


class ResetPasswordView(DoorView):
    @operation(
        "reset_member_password",
        gives={201: shapes.ResetLinkSerializer},
        refuses=SHARED,
        parameters=[MEMBER],
        writes=True,
    )
    def post(self, request: Request, member_id: str) -> Response:
        """A link with which the member chooses a new password, once, within a day."""
        self.actor.require(PEOPLE)
        found = self.find("member", member_id)
        token = passwords.issue_reset_link(actor=self.actor, user=found.user)
        link = request.build_absolute_uri(reverse("portal:reset_password", args=[token]))
        return Response({"link": link}, status=201)


class ResetFactorsView(DoorView):
    @operation(
        "remove_member_second_factors", gives={204: None}, refuses=SHARED, parameters=[MEMBER], writes=True
    )
    def delete(self, request: Request, member_id: str) -> Response:
        """For somebody who lost their phone. Their sessions end."""
        self.actor.require(PEOPLE)
        people.remove_second_factors(actor=self.actor, membership=self.find("member", member_id))
        return Response(status=204)


class AddressView(DoorView):
    @operation(
        "confirm_member_address",
        takes=shapes.ConfirmedAddressSerializer,
        gives={204: None},
        refuses={409: ("address_taken",)},
        parameters=[MEMBER],
        writes=True,
    )
    def post(self, request: Request, member_id: str) -> Response:
        """The organisation knows that this is the member: its identity providers find them by it."""
        self.actor.require(PEOPLE)
        found = self.find("member", member_id)
        email = shapes.ConfirmedAddressSerializer.of(request)["email"]
        people.confirm_address(actor=self.actor, membership=found, email=email)
        return Response(status=204)
