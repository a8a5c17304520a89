"""The operating-system account that PostgreSQL runs as, and what that account can reach.

PostgreSQL refuses to run as root. A root supervisor therefore lends it another account; an ordinary user runs
it as themselves.
"""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Account:
    """A user id with its groups, enough to start a process and to judge permissions."""

    uid: int
    gid: int
    groups: tuple[int, ...]

    @classmethod
    def of(cls, user: pwd.struct_passwd) -> Account:
        return cls(user.pw_uid, user.pw_gid, tuple(os.getgrouplist(user.pw_name, user.pw_gid)))


def account_for(data_dir: Path) -> Account | None:
    """Who runs PostgreSQL on this directory; None means the present user."""
    if os.geteuid() != 0:
        return None
    return _owner(data_dir) or _unprivileged()


def can_enter(account: Account, directory: Path) -> bool:
    """Whether the account may walk from the root down to `directory`; parts not made yet count as open."""
    made = (part for part in (directory, *directory.parents) if part.exists())
    return all(_allows(account, part, stat.S_IXUSR) for part in made)


def can_run(account: Account, program: Path) -> bool:
    """Whether the account may read and execute a program in its folder."""
    wanted = stat.S_IRUSR | stat.S_IXUSR
    return can_enter(account, program.parent) and _allows(account, program, wanted)


def _allows(account: Account, path: Path, wanted: int) -> bool:
    """Judge `wanted`, given as owner bits, the way the kernel does: the first class that matches decides."""
    state = path.stat()
    if state.st_uid == account.uid:
        shift = 0
    elif state.st_gid in account.groups:
        shift = 3
    else:
        shift = 6
    return state.st_mode << shift & wanted == wanted


def _owner(data_dir: Path) -> Account | None:
    if not (data_dir / "PG_VERSION").exists():
        return None
    state = data_dir.stat()
    if state.st_uid == 0:
        return None
    try:
        return Account.of(pwd.getpwuid(state.st_uid))
    except KeyError:  # the files came from a machine or a container with other users
        return Account(state.st_uid, state.st_gid, (state.st_gid,))


def _unprivileged() -> Account:
    try:
        return Account.of(pwd.getpwnam("postgres"))
    except KeyError:
        return Account.of(pwd.getpwnam("nobody"))
