from __future__ import annotations

from django.db import migrations

from sunmao.core.rls import tenant_table

OWN_ORGANISATIONS = """
    organisation_id IN (
        SELECT m.organisation_id FROM accounts_membership m
        WHERE m.user_id = nullif(current_setting('app.user_id', true), '')::uuid)
"""
# A visitor of the sign-in page may see a provider by its address, by the domain of their own e-mail address,
# and those that are shown to everybody.
FOUND_AT_THE_DOOR = """
    enabled AND (
        slug = current_setting('app.sso_slug', true)
        OR domains ? current_setting('app.sso_domain', true)
        OR (listed AND current_setting('app.sso_slug', true) = '*'))
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_foundations"),
        ("accounts", "0002_row_security"),
        ("signin", "0001_sign_in"),
    ]
    operations = [
        # Whoever holds the link may see the invitation before the organisation is known.
        tenant_table("signin_invitation", also_visible="hash = current_setting('app.invitation_hash', true)"),
        tenant_table("signin_memberaddress"),
        tenant_table("signin_connection", also_visible=FOUND_AT_THE_DOOR),
        tenant_table("signin_identity"),
        # A person may know what their organisations ask of them.
        tenant_table("signin_policy", also_visible=OWN_ORGANISATIONS),
    ]
