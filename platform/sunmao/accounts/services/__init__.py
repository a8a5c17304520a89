"""Verbs on people, organisations, rights and keys."""

from __future__ import annotations

from sunmao.accounts.services.first_run import (
    FIRST_RUN_LIFETIME,
    first_run_user,
    issue_first_run_link,
    use_first_run_link,
)
from sunmao.accounts.services.grants import give_role, take_grant
from sunmao.accounts.services.keys import (
    IssuedKey,
    KeyRevoked,
    create_api_key,
    revoke_api_key,
    rotate_api_key,
    touch_key,
)
from sunmao.accounts.services.limits import remove_quota, set_quota
from sunmao.accounts.services.members import add_member, choose_language, remove_member
from sunmao.accounts.services.organisations import (
    create_organisation,
    enable_vertical,
    renew_built_in_roles,
    system_actor,
)
from sunmao.accounts.services.roles import change_role, create_role, remove_role
from sunmao.accounts.services.teams import (
    add_to_team,
    create_team,
    remove_from_team,
    remove_team,
    rename_team,
)

__all__ = [
    "FIRST_RUN_LIFETIME",
    "IssuedKey",
    "KeyRevoked",
    "add_member",
    "add_to_team",
    "change_role",
    "choose_language",
    "create_api_key",
    "create_organisation",
    "create_role",
    "create_team",
    "enable_vertical",
    "first_run_user",
    "give_role",
    "issue_first_run_link",
    "remove_from_team",
    "remove_member",
    "remove_quota",
    "remove_role",
    "remove_team",
    "rename_team",
    "renew_built_in_roles",
    "revoke_api_key",
    "rotate_api_key",
    "set_quota",
    "system_actor",
    "take_grant",
    "touch_key",
    "use_first_run_link",
]
