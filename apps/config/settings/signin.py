"""How people get in: our settings, those of mail, and those of django-allauth."""

from __future__ import annotations

from typing import Any, Final

from sunmao.core import env

APPS: Final = [
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
]

SUNMAO_SIGN_IN_MILLISECONDS = env.integer("SUNMAO_SIGN_IN_MILLISECONDS", 500)
SUNMAO_INVITATION_DAYS = env.integer("SUNMAO_INVITATION_DAYS", 7)
SUNMAO_SSO_PRIVATE_NETWORKS = env.words("SUNMAO_SSO_PRIVATE_NETWORKS", "")
SUNMAO_SSO_CA_BUNDLE = env.text("SUNMAO_SSO_CA_BUNDLE")


def mail() -> dict[str, Any]:
    """An installation without a mail server hands out links instead."""
    security = env.choice("SUNMAO_EMAIL_SECURITY", "starttls", ("starttls", "tls", "none"))
    return {
        "EMAIL_HOST": env.text("SUNMAO_EMAIL_HOST"),
        "EMAIL_PORT": env.integer("SUNMAO_EMAIL_PORT", 587),
        "EMAIL_HOST_USER": env.text("SUNMAO_EMAIL_USER"),
        "EMAIL_HOST_PASSWORD": env.secret("SUNMAO_EMAIL_PASSWORD"),
        "EMAIL_USE_TLS": security == "starttls",
        "EMAIL_USE_SSL": security == "tls",
        "EMAIL_TIMEOUT": 10,
        "DEFAULT_FROM_EMAIL": env.text("SUNMAO_EMAIL_FROM", "sunmao@localhost"),
    }


def allauth() -> dict[str, Any]:
    """Flows are django-allauth's; who people are, limits, messages and pages are ours."""
    return {
        "ACCOUNT_ADAPTER": "sunmao.accounts.signin.adapters.AccountAdapter",
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_UNIQUE_EMAIL": False,
        # Its counters live in the memory of one process; `signin.throttle` counts in the database.
        "ACCOUNT_RATE_LIMITS": False,
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": 600,
        "ACCOUNT_FORMS": {"reauthenticate": "sunmao.accounts.signin.forms.ConfirmByPasswordForm"},
        "SOCIALACCOUNT_ADAPTER": "sunmao.accounts.signin.providers.ProviderAdapter",
        # A form would not get past the content policy's `form-action` on its way to another host.
        "SOCIALACCOUNT_LOGIN_ON_GET": True,
        "SOCIALACCOUNT_STORE_TOKENS": False,
        "MFA_ADAPTER": "sunmao.accounts.signin.adapters.FactorAdapter",
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        "MFA_ALLOW_UNVERIFIED_EMAIL": True,
        "MFA_TOTP_ISSUER": "Sunmao",
        "MFA_TOTP_TOLERANCE": 1,
        "MFA_RATE_LIMITS": False,
        "MFA_FORMS": {
            "activate_totp": "sunmao.accounts.signin.forms.EnrolAppForm",
            "add_webauthn": "sunmao.accounts.signin.forms.EnrolPasskeyForm",
            "authenticate": "sunmao.accounts.signin.forms.SecondStepForm",
            "reauthenticate": "sunmao.accounts.signin.forms.ConfirmByCodeForm",
        },
    }
