from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import translation

from sunmao.accounts.models import Membership, User
from sunmao.accounts.policies import LastOwner
from sunmao.accounts.selectors import actor_of_user
from sunmao.accounts.services import add_member, create_api_key, system_actor
from sunmao.accounts.services.members import join
from sunmao.answering.models import AnswerRecord, Conversation
from sunmao.answering.people import services
from sunmao.audit import retention
from sunmao.audit.models import Entry
from sunmao.audit.sealing import seal
from sunmao.core import tenancy
from sunmao.core.crypto import persons
from sunmao.core.errors import Forbidden, NotFound
from sunmao.core.vertical import config_of
from sunmao.knowledge.models import Document, Passage
from sunmao.releases.sample import seed_vertical
from tests.fixtures.cast import Cast, Person
from tests.fixtures.files import RETURNS
from tests.fixtures.knowledge import Ask, Ingest
from tests.fixtures.state import files_of, state_of, verbs_of

QUESTION = "Within how many days may goods be sent back?"
ERASED = "Erased at the person's request"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def _export(actor: Any, subject: str) -> tuple[dict[str, Any], dict[str, Any]]:
    file = io.BytesIO()
    manifest = services.export(actor=actor, subject=subject, to=file)
    with zipfile.ZipFile(file) as archive:
        for part in manifest["parts"]:
            assert sha256(archive.read(part["file"])).hexdigest() == part["sha256"]
        written = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    return written.pop("manifest.json"), written


def test_an_export_holds_everything_and_a_manifest(cast: Cast, ingest: Ingest, ask: Ask) -> None:
    ingest(cast.lin.actor, "returns.md", RETURNS)
    record = ask(cast.mei.actor, QUESTION)

    manifest, parts = _export(cast.lin.actor, "mei")

    assert manifest["subject"] == cast.mei.actor.subject
    assert {part["file"] for part in manifest["parts"]} == set(parts)
    assert all(part["rows"] == len(parts[part["file"]]) for part in manifest["parts"])
    assert parts["profile.json"][0]["username"] == "mei"
    assert parts["memberships.json"][0]["roles"][0]["role"] == "end_user"
    assert parts["conversations.json"][0]["title"] == QUESTION
    assert parts["questions.json"][0]["question"] == QUESTION
    [answer] = parts["answers.json"]
    assert (answer["record_id"], answer["question"]) == (str(record.pk), QUESTION)
    assert answer["citations"][0]["quote"] in RETURNS
    mine = [entry["verb"] for entry in parts["audit.json"] if entry["by_this_person"]]
    assert mine == ["answer.intended", "answer.recorded"]
    assert parts["documents.json"] == []
    assert verbs_of(cast.hemu)[-1] == "person.exported"


def test_placeholders_are_turned_back_only_by_who_may_and_says_why(
    cast: Cast, ingest: Ingest, ask: Ask
) -> None:
    ingest(cast.lin.actor, "returns.md", RETURNS)
    ask(cast.mei.actor, f"{QUESTION} My number is 13800138000.")
    owner = actor_of_user(
        add_member(actor=system_actor(cast.hemu), username="rosa", role="owner"), language="en"
    )

    _, parts = _export(cast.lin.actor, "mei")
    assert parts["replaced.json"] == []
    assert "13800138000" not in json.dumps(parts)
    with pytest.raises(Forbidden):
        services.export(actor=cast.lin.actor, subject="mei", to=io.BytesIO(), reason="I am curious")
    assert "surrogates.reversed" not in verbs_of(cast.hemu)

    file = io.BytesIO()
    services.export(actor=owner, subject="mei", to=file, reason="she asked for her data")
    with zipfile.ZipFile(file) as archive:
        assert "13800138000" in archive.read("replaced.json").decode()
    with tenancy.scope(cast.hemu.pk):
        [told] = Entry.objects.filter(verb="surrogates.reversed")
    assert (told.detail["count"], told.detail["reason"]) == (1, "she asked for her data")


def test_an_administrator_does_not_read_an_owner(cast: Cast) -> None:
    add_member(actor=system_actor(cast.hemu), username="rosa", role="owner")
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        _export(cast.lin.actor, "rosa")
    assert state_of(cast.hemu) == before


def test_an_export_tells_nothing_of_other_people(cast: Cast, ask: Ask) -> None:
    ask(cast.mei.actor, QUESTION)
    ask(cast.zhou.actor, "What does Zhou ask?")

    _manifest, parts = _export(cast.lin.actor, "mei")

    told = json.dumps(parts)
    assert QUESTION in told
    assert "Zhou" not in told
    assert "lin" not in [entry["origin"] and entry["origin"]["name"] for entry in parts["audit.json"]]


def test_an_erased_person_is_gone_and_the_log_still_verifies(cast: Cast, ingest: Ingest, ask: Ask) -> None:
    ingest(cast.lin.actor, "returns.md", RETURNS)
    record = ask(cast.mei.actor, QUESTION)
    other = ask(cast.zhou.actor, QUESTION)
    with tenancy.scope(cast.hemu.pk):
        entries = Entry.objects.count()

    report = services.erase(actor=cast.lin.actor, subject="mei")

    assert report.keys_destroyed == 1
    assert not User.objects.filter(username="mei").exists()
    user = User.objects.get(pk=cast.mei.user.pk)
    assert (user.is_active, user.email, user.first_name, user.has_usable_password()) == (False, "", "", False)
    with tenancy.scope(cast.hemu.pk):
        assert not Membership.objects.filter(user=user).exists()
        assert AnswerRecord.objects.get(pk=record.pk).question == ERASED
        assert AnswerRecord.objects.get(pk=other.pk).question == QUESTION
        assert Conversation.objects.get(pk=record.exchange.conversation_id).title == ERASED
        assert Entry.objects.count() == entries + 1
        [intended, *_rest] = Entry.objects.filter(actor_id=user.pk)
        assert intended.origin is None
    assert cast.mei.client.get(reverse("customer_service:work")).status_code == 302
    assert verbs_of(cast.hemu)[-1] == "person.erased"
    seal(cast.hemu.pk)
    call_command("audit", "verify", "--org", "hemu", stdout=io.StringIO())


def test_erasing_again_does_no_harm_and_says_when_it_was_done(cast: Cast, ask: Ask) -> None:
    ask(cast.mei.actor, QUESTION)
    subject = cast.mei.actor.subject
    services.erase(actor=cast.lin.actor, subject=subject)

    again = services.erase(actor=cast.lin.actor, subject=subject)

    assert again.erased_before is not None
    assert (again.erased, again.keys_destroyed) == ([], 0)


def test_a_rehearsal_reports_the_same_and_changes_nothing(cast: Cast, ask: Ask) -> None:
    ask(cast.mei.actor, QUESTION)
    before, user = state_of(cast.hemu), User.objects.get(username="mei")

    rehearsed = services.erase(actor=cast.lin.actor, subject="mei", dry_run=True)

    assert state_of(cast.hemu) == before
    user.refresh_from_db()
    assert (user.username, user.is_active) == ("mei", True)
    done = services.erase(actor=cast.lin.actor, subject="mei")
    assert replace(done, dry_run=True) == rehearsed


@pytest.mark.parametrize(
    ("_case", "subject"),
    [
        ("nobody is called so", "nobody"),
        ("it is somebody of another organisation", "omar"),
        ("a number that nobody has", "user:01a2024e-54ad-7885-b3f2-7a9d00525fd1"),
        ("not even a number", "user:xyz"),
        ("a channel never spoke for them", "subject:openid-1"),
        ("it is empty", ""),
        ("the system is nobody", "system:None"),
    ],
)
def test_an_unknown_person_is_said_to_be_unknown(_case: str, subject: str, cast: Cast) -> None:
    before = state_of(cast.hemu)

    for verb in (
        lambda: services.erase(actor=cast.lin.actor, subject=subject),
        lambda: services.export(actor=cast.lin.actor, subject=subject, to=io.BytesIO()),
    ):
        with pytest.raises(NotFound) as refused:
            verb()
        assert refused.value.code == "unknown_person"

    assert state_of(cast.hemu) == before


def test_another_organisations_person_keeps_everything(cast: Cast) -> None:
    before = state_of(cast.qinghe)

    with pytest.raises(NotFound):
        services.erase(actor=cast.lin.actor, subject=cast.omar.actor.subject)

    assert state_of(cast.qinghe) == before
    assert User.objects.get(pk=cast.omar.user.pk).username == "omar"


def test_whoever_is_a_member_elsewhere_keeps_the_account(cast: Cast, ask: Ask) -> None:
    with tenancy.scope(cast.qinghe.pk):
        join(actor=system_actor(cast.qinghe), user=cast.mei.user, roles=["end_user"])
    ask(cast.mei.actor, QUESTION)

    report = services.erase(actor=cast.lin.actor, subject="mei")

    assert User.objects.get(pk=cast.mei.user.pk).username == "mei"
    assert "The account itself" in [str(one.what) for one in report.kept]
    with tenancy.scope(cast.hemu.pk):
        assert not Membership.objects.filter(user=cast.mei.user).exists()


def test_the_last_owner_stays(cast: Cast) -> None:
    system = replace(cast.lin.actor, kind="system", id=None)
    olga = add_member(actor=system, username="olga", role="owner")
    before = state_of(cast.hemu)

    with pytest.raises(LastOwner):
        services.erase(actor=system, subject="olga")

    assert state_of(cast.hemu) == before
    olga.refresh_from_db()
    assert olga.username == "olga"


def test_an_administrator_does_not_erase_an_owner(cast: Cast) -> None:
    system = replace(cast.lin.actor, kind="system", id=None)
    for name in ("olga", "oskar"):
        add_member(actor=system, username=name, role="owner")
    before = state_of(cast.hemu)

    with pytest.raises(Forbidden):
        services.erase(actor=cast.lin.actor, subject="olga")

    assert state_of(cast.hemu) == before


@pytest.mark.parametrize("who", ["mei", "zhou", "ann"])
def test_others_may_neither_export_nor_erase(who: str, cast: Cast) -> None:
    person: Person = getattr(cast, who)
    before = state_of(cast.hemu)

    with pytest.raises(Forbidden):
        services.erase(actor=person.actor, subject="mei")
    with pytest.raises(Forbidden):
        services.export(actor=person.actor, subject="mei", to=io.BytesIO())

    assert state_of(cast.hemu) == before


def test_what_the_law_keeps_stays_readable_until_its_time(
    cast: Cast, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = system_actor(cast.hemu)
    seed_vertical(actor=system, config=config_of("medical"), with_documents=False)
    sofa = ask(cast.mei.actor, QUESTION)
    fever = ask(cast.mei.actor, "I have had a fever for two days.", task="medical.ask")

    report = services.erase(actor=cast.lin.actor, subject="mei")

    kept = {one.duty: one for one in report.kept if one.duty}
    assert list(kept) == ["medical_process"]
    assert str(kept["medical_process"].why) == str(retention.CLASSES["medical_process"].duty)
    with tenancy.scope(cast.hemu.pk):
        assert AnswerRecord.objects.get(pk=sofa.pk).question == ERASED
        assert AnswerRecord.objects.get(pk=fever.pk).question == "I have had a fever for two days."

    until = kept["medical_process"].until
    assert until is not None
    assert until - fever.created_at >= timedelta(days=3 * 365)
    monkeypatch.setattr(services, "now", lambda: until + timedelta(days=1))
    later = services.erase(actor=cast.lin.actor, subject=cast.mei.actor.subject)

    assert (later.keys_destroyed, [one.duty for one in later.kept if one.duty]) == (1, [])
    persons.forget()
    with tenancy.scope(cast.hemu.pk):
        assert AnswerRecord.objects.get(pk=fever.pk).question == ERASED


def test_somebody_behind_a_channel_is_erased_alone(cast: Cast, ask: Ask) -> None:
    anna, bert = (replace(cast.mei.actor, on_behalf_of=name) for name in ("anna", "bert"))
    hers, his, own = ask(anna, QUESTION), ask(bert, QUESTION), ask(cast.mei.actor, QUESTION)

    services.erase(actor=cast.lin.actor, subject="subject:anna")

    with tenancy.scope(cast.hemu.pk):
        questions = [AnswerRecord.objects.get(pk=one.pk).question for one in (hers, his, own)]
    assert questions == [ERASED, QUESTION, QUESTION]


def test_keys_that_the_person_owns_are_revoked(cast: Cast) -> None:
    system = replace(cast.lin.actor, kind="system", id=None)
    add_member(actor=system, username="ada", role="administrator")
    with tenancy.scope(cast.hemu.pk):
        ada = Membership.objects.select_related("user").get(user__username="ada").user
    issued = create_api_key(actor=actor_of_user(ada, language="en"), name="shop window")

    _manifest, parts = _export(cast.lin.actor, "ada")
    assert [key["name"] for key in parts["api_keys.json"]] == ["shop window"]
    assert issued.secret not in json.dumps(parts)
    services.erase(actor=cast.lin.actor, subject="ada")

    with tenancy.scope(cast.hemu.pk):
        issued.key.refresh_from_db()
    assert issued.key.revoked_at is not None


def test_documents_stay_and_are_listed_unless_they_are_asked_for(
    cast: Cast, ingest: Ingest, django_capture_on_commit_callbacks: Any
) -> None:
    document = ingest(cast.zhou.actor, "about-zhou.md", RETURNS)
    kept = ingest(cast.lin.actor, "about-lin.md", "# Another\n\nAnother text of another person.\n")
    _manifest, parts = _export(cast.lin.actor, "zhou")
    assert [row["name"] for row in parts["documents.json"]] == ["about-zhou.md"]

    rehearsed = services.erase(actor=cast.lin.actor, subject="zhou", dry_run=True)
    assert ("Documents uploaded", 1) in [(str(one.what), one.count) for one in rehearsed.kept]
    with django_capture_on_commit_callbacks(execute=True):
        services.erase(actor=cast.lin.actor, subject="zhou", with_documents=True)

    with tenancy.scope(cast.hemu.pk):
        assert list(Document.objects.values_list("pk", flat=True)) == [kept.pk]
        assert not Passage.objects.filter(document_id=document.pk).exists()
    assert len(files_of(cast.hemu)) == 1


def test_the_shell_does_the_same(cast: Cast, ask: Ask, tmp_path: Path) -> None:
    ask(cast.mei.actor, QUESTION)
    target = tmp_path / "mei.zip"
    shell = {"org": "hemu", "username": "lin", "stdout": io.StringIO()}

    call_command("person", "export", "mei", out=str(target), **shell)
    assert target.stat().st_mode & 0o777 == 0o600
    assert "questions.json" in zipfile.ZipFile(target).namelist()
    out = io.StringIO()
    call_command("person", "erase", "mei", json=True, **(shell | {"stdout": out}))

    assert json.loads(out.getvalue())["keys_destroyed"] == 1
    with pytest.raises(CommandError, match="unknown_person"):
        call_command("person", "erase", "mei", **shell)
    with pytest.raises(CommandError, match="unknown_person"):
        call_command("person", "export", "mei", out=str(tmp_path / "again.zip"), **shell)
    assert not (tmp_path / "again.zip").exists()
