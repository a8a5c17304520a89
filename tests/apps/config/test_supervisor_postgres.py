"""The embedded database: its roles, its crashes and its owners."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from apps.config.supervisor.postgres import EmbeddedPostgres


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres.scratch() as running:
        yield running


@pytest.fixture
def folder() -> Iterator[Path]:
    """A place that the account of a root-started PostgreSQL can enter."""
    made = Path(tempfile.mkdtemp(prefix="sunmao-pg-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def query(
    server: EmbeddedPostgres, statement: str, *, user: str = "postgres", database: str = "sunmao"
) -> object:
    with psycopg.connect(server.conninfo(database, user), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchone() if cursor.description else None


def test_the_runtime_role_is_neither_superuser_nor_owner_nor_exempt_from_row_security(
    server: EmbeddedPostgres,
) -> None:
    powers = query(
        server,
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = user",
        user="sunmao_app",
    )
    owner = query(server, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'sunmao'")
    assert powers == (False, False, False, False)
    assert owner == ("sunmao_owner",)


def test_the_runtime_role_cannot_make_tables(server: EmbeddedPostgres) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(server, "CREATE TABLE public.mine (id int)", user="sunmao_app")


def test_a_database_made_by_the_owner_already_knows_vectors(server: EmbeddedPostgres) -> None:
    query(server, "CREATE DATABASE made_by_owner", user="sunmao_owner")
    distance = query(
        server, "SELECT '[0,3]'::vector <-> '[4,0]'", user="sunmao_app", database="made_by_owner"
    )
    assert distance == (5.0,)


def test_preparing_the_roles_again_changes_nothing(server: EmbeddedPostgres) -> None:
    before = query(server, "SELECT array_agg(oid ORDER BY oid) FROM pg_roles")
    server.bootstrap()
    assert query(server, "SELECT array_agg(oid ORDER BY oid) FROM pg_roles") == before


def test_the_server_listens_on_no_network_address_and_its_socket_is_private(server: EmbeddedPostgres) -> None:
    assert query(server, "SHOW listen_addresses") == ("",)
    assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700


def test_rows_survive_a_killed_server(server: EmbeddedPostgres) -> None:
    query(server, "CREATE TABLE kept AS SELECT generate_series(1, 20000) AS id")
    killed = server.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    server.start()
    assert server.pid != killed
    assert query(server, "SELECT count(*) FROM kept") == (20000,)


def test_a_second_object_on_the_same_directory_adopts_the_server_and_leaves_it_running(
    server: EmbeddedPostgres,
) -> None:
    other = EmbeddedPostgres(server.data_dir, server.socket_dir, durable=False)
    other.start()
    assert not other.is_ours
    assert other.pid == server.pid
    other.stop()
    assert server.answers()


def test_an_adopted_server_can_be_stopped_on_purpose(folder: Path) -> None:
    starter = EmbeddedPostgres(folder / "data", folder / "socket", durable=False)
    starter.start()
    other = EmbeddedPostgres(folder / "data", folder / "socket", durable=False)
    other.stop(even_if_adopted=True)
    assert not starter.answers()


def test_a_pid_file_that_names_another_program_does_not_prevent_a_start(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "data", folder / "socket", durable=False)
    server.start()
    server.stop()
    remains = f"{os.getpid()}\n{server.data_dir}\n0\n5432\n{server.socket_dir}\n\n0 0\nready   \n"
    (server.data_dir / "postmaster.pid").write_text(remains)
    server.start(patience=10)
    assert server.is_ours
    server.stop()


def test_a_server_whose_socket_was_deleted_is_replaced(folder: Path) -> None:
    first = EmbeddedPostgres(folder / "data", folder / "socket", durable=False)
    first.start()
    silent = first.pid
    shutil.rmtree(folder / "socket")
    second = EmbeddedPostgres(folder / "data", folder / "socket", durable=False)
    second.start(patience=15)
    assert second.is_ours
    assert second.pid != silent
    second.stop()


def test_a_folder_with_spaces_and_quotes_serves_as_well(folder: Path) -> None:
    odd = folder / 'a "quoted" folder'
    odd.mkdir()
    odd.chmod(0o755)
    server = EmbeddedPostgres(odd / "data", odd / "socket", durable=False)
    server.start()
    assert query(server, "SELECT 1", database="postgres") == (1,)
    server.stop()


def test_what_a_killed_initdb_left_is_removed_and_what_a_living_one_makes_is_not(folder: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    (folder / f"data.{ended.pid}.new").mkdir()
    (folder / "data.1.new").mkdir()
    server = EmbeddedPostgres(folder / "data", folder / "socket", durable=False)
    server.start()
    assert server.answers()
    assert [left.name for left in folder.glob("*.new")] == ["data.1.new"]
    server.stop()
