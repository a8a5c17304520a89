"""Addresses about roles, members, teams, keys and limits; included by `apps.api.urls`."""

from __future__ import annotations

from django.urls import path

from apps.api.views import access

urlpatterns = [
    path("me", access.MyselfView.as_view()),
    path("permissions", access.PermissionsView.as_view()),
    path("roles", access.RolesView.as_view()),
    path("roles/<str:slug>", access.RoleView.as_view()),
    path("members", access.MembersView.as_view()),
    path("members/<str:member_id>", access.MemberView.as_view()),
    path("members/<str:member_id>/rights", access.MemberRightsView.as_view()),
    path("members/<str:member_id>/roles", access.MemberRolesView.as_view()),
    path("teams", access.TeamsView.as_view()),
    path("teams/<str:team_id>", access.TeamView.as_view()),
    path("teams/<str:team_id>/roles", access.TeamRolesView.as_view()),
    path("teams/<str:team_id>/members/<str:member_id>", access.TeamMemberView.as_view()),
    path("keys", access.KeysView.as_view()),
    path("keys/<str:key_id>", access.KeyView.as_view()),
    path("keys/<str:key_id>/rotate", access.RotateKeyView.as_view()),
    path("keys/<str:key_id>/roles", access.KeyRolesView.as_view()),
    path("grants/<str:grant_id>", access.GrantView.as_view()),
    path("quotas", access.QuotasView.as_view()),
    path("quotas/<str:quota_id>", access.QuotaView.as_view()),
]
