"""Addresses about signing in; included by `apps.api.urls`."""

from __future__ import annotations

from django.urls import path

from apps.api.views import signin

urlpatterns = [
    path("invitations", signin.InvitationsView.as_view()),
    path("invitations/<str:invitation_id>", signin.InvitationView.as_view()),
    path("invitations/<str:invitation_id>/resend", signin.ResendInvitationView.as_view()),
    path("connections", signin.ConnectionsView.as_view()),
    path("connections/<str:slug>", signin.ConnectionView.as_view()),
    path("sign-in-rules", signin.RulesView.as_view()),
    path("members/<str:member_id>/sign-in", signin.MemberSignInView.as_view()),
    path("members/<str:member_id>/unlock", signin.UnlockView.as_view()),
    path("members/<str:member_id>/password-reset", signin.ResetPasswordView.as_view()),
    path("members/<str:member_id>/second-factors", signin.ResetFactorsView.as_view()),
    path("members/<str:member_id>/addresses", signin.AddressView.as_view()),
]
