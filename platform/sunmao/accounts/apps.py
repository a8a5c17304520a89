from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.verbs import VERBS
from sunmao.core.permission import Permission


class AccountsConfig(AppConfig):
    name = "sunmao.accounts"
    label = "accounts"
    verbose_name = _("Access")
    personal_data = "sunmao.accounts.personal_data.Accounts"
    audit_verbs = VERBS
    resolvers = {
        "grant": "sunmao.accounts.selectors.visible_grant",
        "key": "sunmao.accounts.selectors.visible_key",
        "member": "sunmao.accounts.selectors.visible_member",
        "quota": "sunmao.accounts.selectors.visible_quota",
        "role": "sunmao.accounts.selectors.visible_role",
        "task": "sunmao.accounts.selectors.visible_task",
        "team": "sunmao.accounts.selectors.visible_team",
    }
    permissions = (
        Permission("accounts.member.manage", _("Manage members and what they may do"), for_keys=False),
        Permission("accounts.owner.manage", _("Appoint and dismiss owners"), for_keys=False),
        Permission("accounts.role.manage", _("Make and change roles"), for_keys=False),
        Permission("accounts.team.manage", _("Make and change teams"), for_keys=False),
        Permission("accounts.key.manage", _("Make, renew and revoke API keys"), for_keys=False),
        Permission("accounts.quota.manage", _("Set limits of use"), for_keys=False),
        Permission("accounts.signin.manage", _("Decide how people sign in"), for_keys=False),
    )

    def ready(self) -> None:
        from sunmao.accounts import checks  # noqa: F401  registers the system checks
