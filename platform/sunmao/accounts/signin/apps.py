from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SignInConfig(AppConfig):
    name = "sunmao.accounts.signin"
    label = "signin"
    verbose_name = _("Sign-in")
    resolvers = {
        "connection": "sunmao.accounts.signin.connections.visible_connection",
        "invitation": "sunmao.accounts.signin.invitations.visible_invitation",
    }
    sealed_stores = ("sunmao.accounts.signin.sealed_factors.SecondFactors",)
    personal_data = "sunmao.accounts.signin.personal_data.SignIn"
