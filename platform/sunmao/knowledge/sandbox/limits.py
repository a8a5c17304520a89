"""What a reading process may use, and giving up everything else."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
import sys
from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """`seconds` of processor time for a page, and twice that by the clock; a file is one page unless pictures
    of pages are read. `memory` is address space in bytes, `output` the length of the answer."""

    seconds: int = 60
    pages: int = 1
    memory: int = 1024 * MIB
    output: int = 64 * MIB


READING = Limits()
RECOGNISING = Limits(pages=300, memory=2048 * MIB)
"""A page takes seconds, and a worker should not spend longer than that on one document."""

_LAST_SECOND = 1
"""Between SIGXCPU, which says that the time is up, and SIGKILL, which says nothing."""
_NOBODY = 65_534
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CLONE_NEWNET = 0x40000000
_LANDLOCK_CREATE, _LANDLOCK_RESTRICT = 444, 446
_LANDLOCK_VERSION = 1
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Landlock's version → every right over files that it knows."""
_NET_RIGHTS = 0b11


def leave_the_network() -> None:
    """A network of its own, with nothing in it, where the kernel allows that."""
    if sys.platform == "linux":
        _libc().unshare(_CLONE_NEWNET)


def confine(limits: Limits, *, keep: int) -> None:
    """From here on: no file, no socket, no process can be opened; of descriptors only `keep` is left.

    The limits of POSIX come first and hold everywhere. What only Linux has is added where the kernel gives
    it; nothing of it is needed for the rest to hold.
    """
    most = _spent() + limits.seconds * limits.pages + _LAST_SECOND
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    budget(limits)
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _close_all_but(keep)
    if sys.platform == "linux":
        _give_up_rights()
    # With every lower number taken, a limit of one more leaves no number for anything new.
    resource.setrlimit(resource.RLIMIT_NOFILE, (keep + 1, keep + 1))


def budget(limits: Limits) -> None:
    """Processor and clock time for one page, counted from now."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (min(hard - _LAST_SECOND, _spent() + limits.seconds), hard))
    signal.setitimer(signal.ITIMER_REAL, 2 * limits.seconds)


def _spent() -> int:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return int(used.ru_utime + used.ru_stime) + 1


def die_with_parent() -> None:
    """Linux only; elsewhere a reader ends when its clock runs out."""
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _close_all_but(keep: int) -> None:
    """Standard streams lead nowhere; numbers below `keep` are filled, so that none is free."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(keep):
        os.dup2(nowhere, number)
    os.closerange(keep + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _give_up_rights() -> None:
    libc = _libc()
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        # A change of user clears the wish to die with the parent.
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _landlock(libc)
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _landlock(libc: ctypes.CDLL) -> None:
    """Linux 5.13 and later: forbid everything that a path could still do without being opened."""
    version = libc.syscall(_LANDLOCK_CREATE, None, 0, _LANDLOCK_VERSION)
    if version < 1:
        return
    files = _FILE_RIGHTS[max(known for known in _FILE_RIGHTS if known <= version)]
    rules = struct.pack("QQ", files, _NET_RIGHTS) if version >= 4 else struct.pack("Q", files)
    ruleset = libc.syscall(_LANDLOCK_CREATE, rules, len(rules), 0)
    if ruleset >= 0:
        libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0)
        os.close(ruleset)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


__all__ = ["READING", "RECOGNISING", "Limits", "budget", "confine", "die_with_parent", "leave_the_network"]
