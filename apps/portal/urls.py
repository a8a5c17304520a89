from __future__ import annotations

from django.urls import include, path

from apps.portal import account, consent, doors, invitations, sso, views
from sunmao.answering import pages
from sunmao.answering.tooling import pages as actions
from sunmao.knowledge.graph.pages import references
from sunmao.knowledge.pages import document

portal = [
    path("", views.home, name="home"),
    path("sign-in/", doors.SignIn.as_view(), name="sign_in"),
    path("sign-out/", doors.SignOut.as_view(), name="sign_out"),
    path("first-run/<str:token>/", doors.first_run, name="first_run"),
    path("reset-password/<str:token>/", doors.reset_password, name="reset_password"),
    path("forgotten/", doors.forgotten, name="forgotten"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("account/organisation/", account.organisations, name="organisations"),
    path("account/password/", account.password, name="password"),
    path("account/factors/<int:factor_id>/remove/", account.remove_factor, name="remove_factor"),
    path("account/recovery-codes/renew/", account.renew_recovery_codes, name="renew_recovery_codes"),
    path("account/sessions/end/", account.sign_out_elsewhere, name="sign_out_elsewhere"),
    path("answers/<uuid:exchange_id>/stream/", pages.stream, name="stream"),
    path("answers/<uuid:exchange_id>/stop/", pages.stop, name="stop"),
    path("answers/<uuid:exchange_id>/feedback/", pages.feedback, name="feedback"),
    path("conversations/<uuid:conversation_id>/training-consent/", consent.switch, name="training_consent"),
    path("actions/<uuid:action_id>/", actions.shown, name="action"),
    path("actions/<uuid:action_id>/confirm/", actions.confirm, name="confirm_action"),
    path("actions/<uuid:action_id>/cancel/", actions.cancel, name="cancel_action"),
    path("passages/<uuid:passage_id>/", views.passage, name="passage"),
    path("passages/<uuid:passage_id>/document/", document, name="document"),
    path("passages/<uuid:passage_id>/references/", references, name="references"),
]
# django-allauth leads people on by these names.
allauth = [
    path("sign-in/", doors.SignIn.as_view(), name="account_login"),
    path("sign-in/passkey/", doors.SignInByPasskey.as_view(), name="mfa_login_webauthn"),
    path("sign-in/second-step/", doors.SecondStep.as_view(), name="mfa_authenticate"),
    path("account/", account.security, name="mfa_index"),
    path("account/confirm/", account.ConfirmByPassword.as_view(), name="account_reauthenticate"),
    path("account/confirm/code/", account.ConfirmByCode.as_view(), name="mfa_reauthenticate"),
    path("account/confirm/passkey/", account.ConfirmByPasskey.as_view(), name="mfa_reauthenticate_webauthn"),
    path("account/app/", account.EnrolApp.as_view(), name="mfa_activate_totp"),
    path("account/", account.security, name="mfa_deactivate_totp"),
    path("account/passkey/", account.EnrolPasskey.as_view(), name="mfa_add_webauthn"),
    path("account/recovery-codes/", account.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path(
        "account/recovery-codes/download/",
        account.DownloadRecoveryCodes.as_view(),
        name="mfa_download_recovery_codes",
    ),
]
sign_on = [
    path("find/", sso.find, name="sso_find"),
    path("<slug:slug>/", sso.start, name="sso_start"),
    path("<slug:provider_id>/callback/", sso.callback, name="openid_connect_callback"),
    path("<slug:organization_slug>/acs/", sso.acs, name="saml_acs"),
    path("<slug:organization_slug>/acs/finish/", sso.finish, name="saml_finish_acs"),
    path("<slug:organization_slug>/metadata/", sso.metadata, name="saml_metadata"),
]
urlpatterns = [
    path("favicon.ico", views.favicon),
    path("", include((portal, "portal"))),
    *allauth,
    path("sso/", include(sign_on)),
    path("language/", views.set_language, name="set_language"),
]
