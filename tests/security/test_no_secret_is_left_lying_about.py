"""Twenty secrets are used as people and programs use them, and then looked for wherever something is kept.

Not in the log (as it is written in production), not in the database, not in the broker, not in the files. A
secret is looked for as it is, in base64, in hexadecimal digits and as it stands in an address.
"""

from __future__ import annotations

import base64
import io
import logging
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client

from sunmao.accounts import services as accounts
from sunmao.accounts.models import Organisation
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.signin import connections as providers
from sunmao.accounts.signin import invitations, passwords
from sunmao.answering.tooling.outside import services as outside
from sunmao.core import streams
from sunmao.core.crypto.keyring import ring
from sunmao.core.errors import SunmaoError
from sunmao.core.ids import new_id
from sunmao.core.vertical import config_of
from sunmao.knowledge import services as knowledge
from sunmao.modelhub import bases, keeping
from sunmao.releases.sample import seed_vertical
from tests.fixtures import ModelServer, files_of
from tests.fixtures.files import RETURNS
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.mcp_server import wild

QUESTION = "When is a refund paid?"


@dataclass
class House:
    """An organisation, its owner's browser, and the secrets that were used in it."""

    organisation: Organisation
    browser: Client
    planted: dict[str, str] = field(default_factory=dict)

    def plant(self, name: str, value: str) -> str:
        assert len(value) >= 6, name
        self.planted[name] = value
        return value


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """What production would have written to its log: the same formatter, everything from DEBUG on."""
    written, root = io.StringIO(), logging.getLogger()
    production = next(one for one in root.handlers if type(one) is logging.StreamHandler)
    handler = logging.StreamHandler(written)
    handler.setFormatter(production.formatter)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def house(
    broker: object,
    worker_at_once: None,
    model_server: ModelServer,
    settings: Any,
    django_db_setup: None,
    django_db_blocker: Any,
) -> Iterator[House]:
    with django_db_blocker.unblock():
        # The letter keeps eight digits by chance from being taken for a recovery code of the page.
        slug = f"canary-n{new_id().hex[-8:]}"
        made = accounts.create_organisation(slug=slug, name=slug, enabled_verticals=["customer_service"])
        system = accounts.system_actor(made)
        seed_vertical(actor=system, config=config_of("customer_service"), with_documents=False)
        base = knowledge.create_base(actor=system, slug="customer-service")
        knowledge.receive(actor=system, base=base, name="returns.md", chunks=[RETURNS.encode()])
        run_waiting_jobs(system)
        found = House(made, Client(headers={"accept-language": "en"}))
        settings.SUNMAO_METRICS_TOKEN = found.plant("the token for metrics", secrets.token_urlsafe())
        settings.SUNMAO_OPENAI_API_KEY = found.plant(
            "the model server's key", f"sk-{secrets.token_urlsafe()}"
        )
        found.plant("Django's secret key", settings.SECRET_KEY)
        yield found
        connections.close_all()


def _come_in(house: House) -> str:
    """First-run link, wrong password, right password, an app as second factor, recovery codes."""
    system = accounts.system_actor(house.organisation)
    name = f"owner-{house.organisation.slug}"
    user = accounts.add_member(actor=system, username=name, role=BuiltIn.OWNER)
    link = house.plant("a first-run link", accounts.issue_first_run_link(user=user))
    password = house.plant("a password", f"pear wood {secrets.token_hex(8)}")
    house.browser.get(f"/first-run/{link}/")
    house.browser.post(f"/first-run/{link}/", {"new_password1": password, "new_password2": password})
    house.browser.post("/sign-out/")
    wrong = house.plant("a mistyped password", f"plum wood {secrets.token_hex(8)}")
    house.browser.post("/sign-in/", {"username": name, "password": wrong})
    house.browser.post("/sign-in/", {"username": wrong, "password": wrong})
    assert house.browser.post("/sign-in/", {"username": name, "password": password}).status_code == 302
    house.plant("a session's cookie", house.browser.cookies["sessionid"].value)
    _second_factor(house)
    return name


def _second_factor(house: House) -> None:
    page = house.browser.get("/account/app/").content.decode()
    found = re.search(r"\b[A-Z2-7]{32}\b", page.replace(" ", ""))
    assert found, page
    secret = house.plant("an authenticator's secret", found[0])
    counter = next(iter(yield_hotp_counters_from_time()))
    code = format_hotp_value(hotp_value(secret, counter))
    assert house.browser.post("/account/app/", {"code": code}).status_code == 302
    codes = house.browser.get("/account/recovery-codes/").content.decode()
    one = re.search(r"\b\d{8}\b", codes)
    assert one, codes
    house.plant("a recovery code", one[0])
    house.plant("the session's cookie after the second factor", house.browser.cookies["sessionid"].value)


def _keys(house: House) -> None:
    """Used well, used up, renewed, revoked, mistyped, put where it does not belong."""
    system = accounts.system_actor(house.organisation)
    issued = accounts.create_api_key(actor=system, name="shop window")
    house.plant("an API key", issued.secret)
    renewed = accounts.rotate_api_key(actor=system, key=issued.key)
    house.plant("a renewed API key", renewed.secret)
    feeding = accounts.create_api_key(actor=system, name="feeder", role=BuiltIn.KNOWLEDGE_EDITOR)
    house.plant("a feeding API key", feeding.secret)
    mistyped = house.plant("a mistyped API key", f"sm_{secrets.token_urlsafe(32)}")
    for secret in (issued.secret, renewed.secret, mistyped):
        _ask(Client(headers={"x-api-key": secret}))
        _ask(Client(headers={"authorization": f"Bearer {secret}"}))
        Client().get("/api/v1/bases", {"api_key": secret, "token": secret})
        Client(headers={"x-request-id": secret}).get("/api/v1/nothing")
        Client().get(f"/api/v1/documents/{secret}")
        Client(headers={"x-api-key": secret}).put("/api/v1/qa", "{", content_type="application/json")
    accounts.revoke_api_key(actor=system, key=renewed.key)
    _ask(Client(headers={"x-api-key": renewed.secret}))
    fed = Client(headers={"x-api-key": feeding.secret})
    for content in (RETURNS.encode(), bytes(range(256)) * 40):
        upload = {"file": SimpleUploadedFile("new.md", content)}
        fed.post("/api/v1/bases/customer-service/documents", upload)
    run_waiting_jobs(system)


def _ask(client: Client) -> None:
    client.post("/api/v1/qa", {"query": QUESTION}, content_type="application/json")


def _links(house: House) -> None:
    system = accounts.system_actor(house.organisation)
    issued = invitations.invite(actor=system, role=BuiltIn.END_USER, email="guest@example.com")
    token = house.plant("an invitation", issued.token)
    for _ in range(2):
        Client().get(f"/invitations/{token}/")
    user = accounts.add_member(actor=system, username=f"m-{house.organisation.slug}", role=BuiltIn.END_USER)
    reset = house.plant("a link for a new password", passwords.issue_reset_link(actor=system, user=user))
    chosen = house.plant("a new password", f"oak wood {secrets.token_hex(8)}")
    page = f"/reset-password/{reset}/"
    for _ in range(2):
        Client().get(page)
        Client().post(page, {"new_password1": chosen, "new_password2": chosen})


def _provider(house: House) -> None:
    secret = house.plant("a provider's client secret", secrets.token_urlsafe())
    values = {
        "slug": house.organisation.slug,
        "name": "Provider",
        "protocol": "oidc",
        "enabled": True,
        "issuer": "https://127.0.0.1:9/issuer",
        "client_id": "client",
        "client_secret": secret,
    }
    providers.save_connection(actor=accounts.system_actor(house.organisation), values=values)
    Client().get(f"/sso/{house.organisation.slug}/")


def _model(house: House, server: ModelServer) -> None:
    """A model that repeats everything that it was sent, one that refuses, and what the prompt carries."""
    key = house.planted["an API key"]
    server.pieces[:] = ["It was said: ", settings.SUNMAO_OPENAI_API_KEY, " [1]"]
    _ask(Client(headers={"x-api-key": key}))
    prompt = str(server.asked[-1]["messages"])
    marks = re.findall(r"[0-9a-f]{16,}", prompt)
    assert marks, prompt
    for number, mark in enumerate(sorted(set(marks))):
        house.plant(f"the prompt's own mark {number}", mark)
    server.pieces[:] = [*(f"{mark} " for mark in marks), "[1]"]
    _ask(Client(headers={"x-api-key": key}))
    server.status = 401
    _ask(Client(headers={"x-api-key": key}))
    server.status = 200


def _programs(house: House) -> None:
    """The doors of OpenAI's clients and of MCP: keys that are right, renewed and mistyped."""
    talk = {"model": "customer_service.ask", "messages": [{"role": "user", "content": QUESTION}]}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "calculate"}}
    for name in ("an API key", "a renewed API key", "a mistyped API key"):
        secret = house.planted[name]
        program = Client(headers={"authorization": f"Bearer {secret}"})
        for body in (talk, talk | {"stream": True}, talk | {"model": secret}, {"model": secret}):
            answer = program.post("/v1/chat/completions", body, content_type="application/json")
            b"".join(answer) if answer.streaming else answer.content
        program.get(f"/v1/models/{secret}")
        for message in (call, call | {"params": {"name": secret}}, call | {"method": secret}):
            Client(headers={"x-api-key": secret}).post("/mcp", message, content_type="application/json")


def _outside_tools(house: House) -> None:
    """A tool server that we hold a key of; it fails, and quotes what it was sent."""
    system = accounts.system_actor(house.organisation)
    key = house.plant("a tool server's key", secrets.token_urlsafe())
    with wild() as server:
        made = outside.add_server(actor=system, slug="weather", name="Weather", url=server.url, secret=key)
        for server.status, server.raw in ((401, f"no: {key}".encode()), (200, f"what is {key}?".encode())):
            with pytest.raises(SunmaoError):
                outside.look_up(actor=system, server=made)
        assert any(key in value for sent in server.headers for value in sent.values())


def _weights(house: House, base: Path, folder: Path) -> None:
    """A base model that we keep, with a word inside of its weights."""
    system = accounts.system_actor(house.organisation)
    word = house.plant("a word in the weights of a kept model", secrets.token_hex(12))
    shutil.copytree(base, folder / "base")
    weights = folder / "base" / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: -len(word)] + word.encode())
    bases.add_base(actor=system, name="house", source="base", keep=True)
    run_waiting_jobs(system)
    with keeping.opened(f"kept:{house.organisation.slug}/house") as place:
        assert word.encode() in (Path(place) / "model.safetensors").read_bytes()


def _accidents(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors that quote what they were given: of the database, of the broker, of a view."""
    password = house.plant("the database's password", secrets.token_urlsafe())
    log = logging.getLogger("sunmao.accidents")
    for address in (f"postgresql://app:{password}@127.0.0.1:9/sunmao", f"redis://:{password}@127.0.0.1:9/0"):
        try:
            raise ConnectionError(f"could not connect to {address}")
        except ConnectionError:
            log.exception("it failed")
    key = house.planted["an API key"]

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"called with {key} and Bearer {key}")

    quiet = Client(headers={"x-api-key": house.planted["a feeding API key"]}, raise_request_exception=False)
    with monkeypatch.context() as patch:
        patch.setattr(knowledge, "create_base", fail)
        made = quiet.post("/api/v1/bases", {"slug": "new"}, content_type="application/json")
    assert made.status_code == 500
    assert key not in made.content.decode()
    for token in (settings.SUNMAO_METRICS_TOKEN, "x"):
        Client(headers={"authorization": f"Bearer {token}"}).get("/metrics")
    for number, one in enumerate(ring().keys):
        house.plant(f"encryption key {number}", base64.b64encode(one.secret).decode())
    for number, text in enumerate(settings.SUNMAO_AUDIT.keys):
        house.plant(f"the audit log's signing key {number}", str(text))


def _forms(secret: str) -> set[bytes]:
    plain = secret.encode()
    return {
        plain,
        base64.b64encode(plain).rstrip(b"="),
        base64.urlsafe_b64encode(plain).rstrip(b"="),
        plain.hex().encode(),
        quote(secret, safe="").encode(),
    }


def _database() -> Iterator[tuple[str, bytes]]:
    """Every row of every table as text, past row-level security."""
    at = settings.DATABASES["default"]
    with psycopg.connect(host=at["HOST"], dbname=at["NAME"], user="postgres", autocommit=True) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(f"SELECT t::text FROM {table} t".encode()).fetchall()
            yield f"table {table}", "\n".join(row[0] for row in rows).encode()


def _broker() -> Iterator[tuple[str, bytes]]:
    client = streams.client()
    for key in client.scan_iter("*"):
        kind = client.type(key)
        value = {
            "string": lambda k: client.get(k),
            "stream": lambda k: client.xrange(k),
            "list": lambda k: client.lrange(k, 0, -1),
            "hash": lambda k: client.hgetall(k),
            "set": lambda k: client.smembers(k),
            "zset": lambda k: client.zrange(k, 0, -1),
        }[kind](key)
        yield f"broker {key}", f"{key} {value}".encode()


def _files(house: House) -> Iterator[tuple[str, bytes]]:
    folder = settings.SUNMAO_FILES / str(house.organisation.pk)
    assert files_of(house.organisation)
    for path in folder.rglob("*"):
        if path.is_file():
            yield f"file {path.name}", path.read_bytes()


def test_none_of_twenty_is_found(
    house: House,
    said: io.StringIO,
    model_server: ModelServer,
    monkeypatch: pytest.MonkeyPatch,
    tiny_base: Path,
    tmp_path: Path,
    settings: Any,
) -> None:
    settings.SUNMAO_FETCH_PRIVATE_HOSTS, settings.SUNMAO_MODELS = ["127.0.0.1"], tmp_path
    _come_in(house)
    _keys(house)
    _links(house)
    _provider(house)
    _model(house, model_server)
    _programs(house)
    _outside_tools(house)
    _weights(house, tiny_base, tmp_path)
    _accidents(house, monkeypatch)
    assert len(house.planted) >= 20
    log = said.getvalue()
    assert "it failed" in log
    places = [("the log", log.encode()), *_database(), *_broker(), *_files(house)]
    found = [
        f"{name} in {place}"
        for name, secret in house.planted.items()
        for place, content in places
        if any(form in content for form in _forms(secret))
    ]
    assert not found, "\n".join(found)


def test_the_search_would_find_it(house: House, said: io.StringIO) -> None:
    """In the log, in the database and in the broker."""
    word = house.plant("a word", f"canary{secrets.token_hex(12)}")
    logging.getLogger("sunmao").warning("it said %s", word)
    streams.client().set("canary", word)
    accounts.create_organisation(slug=word[:40], name=word, enabled_verticals=[])
    assert word in said.getvalue()
    assert any(word.encode() in content for _, content in _broker())
    assert any(word.encode() in content for _, content in _database())
