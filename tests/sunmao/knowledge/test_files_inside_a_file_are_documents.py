"""What an archive or a mail holds: documents of their own, which come, change and go with it."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date
from email.message import EmailMessage
from io import BytesIO

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import Forbidden
from sunmao.jobs import services as jobs
from sunmao.jobs.models import Job, JobState
from sunmao.knowledge import members, services
from sunmao.knowledge.dating import set_dates
from sunmao.knowledge.models import Change, ChangeKind, Document, KnowledgeBase, Origin, Passage, Revision
from sunmao.knowledge.purging import purge
from sunmao.knowledge.rollback import roll_back
from sunmao.knowledge.versions.dates import ALWAYS, Dates
from tests.fixtures import Cast, WorkOff, state_of, verbs_of
from tests.sunmao.knowledge.sandbox.hostile import MIB, packed_zeros
from tests.sunmao.knowledge.text import files

RETURNS, CARE = "# Returns\n\nWithin 7 days.", "# Care\n\nWipe with a dry cloth."
Row = tuple[str, str, str]


def put(cast: Cast, work_off: WorkOff, name: str, data: bytes, dates: Dates = ALWAYS) -> Document:
    """Receive a file and read it, and whatever is inside it."""
    base = services.create_base(actor=cast.zhou.actor, slug="customer-service")
    received = services.receive(actor=cast.zhou.actor, base=base, name=name, chunks=[data], dates=dates)
    for _depth in range(5):
        work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        return Document.objects.select_related("job", "current", "base").get(pk=received.document.pk)


def inside(cast: Cast, above: Document) -> list[Row]:
    """(name, state, reason) of what stands inside."""
    with tenancy.scope(cast.hemu.pk):
        found = Document.objects.filter(member_of=above, deleted_at=None, left_in=None).order_by("name")
        found = found.select_related("job")
        return [(one.name, one.state, one.job.error_code if one.job else "") for one in found]


def named(cast: Cast, name: str) -> Document:
    with tenancy.scope(cast.hemu.pk):
        found = Document.objects.select_related("job", "current", "member_of", "base")
        return found.get(name=name, deleted_at=None)


def words_of(cast: Cast) -> list[str]:
    """What questions of today can find."""
    with tenancy.scope(cast.hemu.pk):
        living = Passage.objects.filter(died=None).order_by("text")
        return list(living.values_list("text", flat=True))


def mail(*attachments: tuple[str, bytes], body: str = "See the attachment.") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "lin@example.com", "ann@example.com", "Papers"
    message.set_content(body)
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def test_each_file_of_an_archive_has_its_own_state_and_reason(cast: Cast, work_off: WorkOff) -> None:
    data = files.zipped(
        {
            "shop/returns.md": RETURNS.encode(),
            "shop/locked.pdf": files.pdf("abc", encrypted=True),
            "photo.heic": b"\0\0\0\x18ftypheic",
            "__MACOSX/x": b"clutter",
        }
    )
    archive = put(cast, work_off, "papers.zip", data)
    assert (archive.state, archive.current and archive.current.counts) == ("succeeded", {"member": 3})
    assert inside(cast, archive) == [
        ("papers.zip/photo.heic", "failed", "unsupported_file_type"),
        ("papers.zip/shop/locked.pdf", "failed", "encrypted_file"),
        ("papers.zip/shop/returns.md", "succeeded", ""),
    ]
    member = named(cast, "papers.zip/shop/returns.md")
    assert (member.origin, member.title) == (Origin.MEMBER, "Returns")
    assert words_of(cast) == ["Within 7 days."]
    assert verbs_of(cast.hemu, subject=member.pk) == ["document.received", "document.published"]


def test_they_are_read_for_whoever_sent_the_archive_in_its_batch(cast: Cast, work_off: WorkOff) -> None:
    archive = put(cast, work_off, "a.zip", files.zipped({"a.md": RETURNS.encode()}))
    member = named(cast, "a.zip/a.md")
    assert archive.job is not None
    assert member.job is not None
    assert member.job.created_by == archive.job.created_by == cast.zhou.actor.name
    assert member.job.person_key == archive.job.person_key
    assert member.job.batch == archive.job.batch


def test_attachments_of_a_mail_are_documents_and_its_body_is_its_own_text(
    cast: Cast, work_off: WorkOff
) -> None:
    letter = put(cast, work_off, "a.eml", mail(("care.md", CARE.encode()), ("x.exe", b"MZ")))
    assert inside(cast, letter) == [
        ("a.eml/care.md", "succeeded", ""),
        ("a.eml/x.exe", "failed", "unsupported_file_type"),
    ]
    assert letter.current is not None
    assert "See the attachment." in letter.current.text
    assert "dry cloth" not in letter.current.text
    assert "Wipe with a dry cloth." in words_of(cast)


def test_an_archive_in_a_mail_in_an_archive_is_unpacked_and_the_fourth_is_refused(
    cast: Cast, work_off: WorkOff
) -> None:
    fourth = files.zipped({"never.md": CARE.encode()})
    third = files.zipped({"fourth.zip": fourth, "care.md": CARE.encode()})
    data = files.zipped({"letter.eml": mail(("third.zip", third))})
    put(cast, work_off, "a.zip", data)
    deep = "a.zip/letter.eml/third.zip"
    assert named(cast, f"{deep}/care.md").state == "succeeded"
    refused = named(cast, f"{deep}/fourth.zip")
    assert (refused.state, refused.job and refused.job.error_code) == ("failed", "file_too_complex")
    assert inside(cast, refused) == []


def test_nested_archives_share_what_one_file_may_unpack_to(
    cast: Cast, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "MAX_ENTRIES", 5)
    small = files.zipped({"a.md": RETURNS.encode(), "b.md": CARE.encode()})
    data = files.zipped({"one.zip": small, "two.zip": small})
    archive = put(cast, work_off, "a.zip", data)
    codes = sorted(code for _name, _state, code in inside(cast, archive))
    assert codes == ["", "file_too_large_inside"]
    assert words_of(cast) == ["Wipe with a dry cloth.", "Within 7 days."]


@pytest.mark.parametrize(
    ("case", "data", "code"),
    [
        ("a bomb", packed_zeros(20 * MIB), "file_too_large_inside"),
        ("a path that leads outside", files.zipped({"../a.md": b"x", "b.md": b"y"}), "unsafe_file"),
        ("an absolute path", files.zipped({"/etc/a.md": b"x"}), "unsafe_file"),
        ("nothing but folders", files.zipped({"a/": b""}), "empty_file"),
        ("a torn archive", files.zipped({"a.md": b"x" * 900})[:-30], "corrupt_file"),
    ],
    # Named, since an archive holds the time: processes that collect at different seconds must agree.
    ids=["bomb", "outside", "absolute", "folders", "torn"],
)
def test_an_archive_that_was_built_for_harm_brings_nothing(
    cast: Cast, work_off: WorkOff, case: str, data: bytes, code: str
) -> None:
    archive = put(cast, work_off, "a.zip", data)
    assert (archive.state, archive.job and archive.job.error_code) == ("failed", code), case
    with tenancy.scope(cast.hemu.pk):
        assert Document.objects.count() == 1, case
        assert KnowledgeBase.objects.get(slug="customer-service").version == 0, case


def test_a_bomb_in_an_archive_harms_nobody_but_itself(cast: Cast, work_off: WorkOff) -> None:
    data = files.zipped({"bomb.zip": packed_zeros(2 * MIB), "good.md": RETURNS.encode()})
    archive = put(cast, work_off, "a.zip", data)
    assert inside(cast, archive) == [
        ("a.zip/bomb.zip", "failed", "file_too_large_inside"),
        ("a.zip/good.md", "succeeded", ""),
    ]


@pytest.mark.parametrize("name", ["../../etc/passwd.md", "..\\..\\boot.md", "/root/a.md", "a\x00b.md"])
def test_an_attachments_name_never_leads_outside(cast: Cast, work_off: WorkOff, name: str) -> None:
    letter = put(cast, work_off, "a.eml", mail((name, CARE.encode())))
    [(label, state, _code)] = inside(cast, letter)
    assert state == "succeeded"
    assert label.startswith("a.eml/")
    assert ".." not in label.split("/")
    assert "\x00" not in label


def twice(first: bytes, second: bytes) -> bytes:
    """An archive with two files of one name."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.md", first)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.md", second)
    return held.getvalue()


def test_two_files_of_one_name_are_two_documents(cast: Cast, work_off: WorkOff) -> None:
    archive = put(cast, work_off, "a.zip", twice(RETURNS.encode(), CARE.encode()))
    assert [name for name, *_ in inside(cast, archive)] == ["a.zip/a (2).md", "a.zip/a.md"]
    assert words_of(cast) == ["Wipe with a dry cloth.", "Within 7 days."]


def test_names_too_long_for_a_label_stay_apart(cast: Cast, work_off: WorkOff) -> None:
    long = "folder/" * 40
    data = files.zipped({f"{long}a.md": RETURNS.encode(), f"{long}b.md": CARE.encode()})
    archive = put(cast, work_off, "a.zip", data)
    names = [name for name, *_ in inside(cast, archive)]
    assert [len(name) for name in names] == [255, 255]
    assert len(set(names)) == 2
    assert {state for _name, state, _code in inside(cast, archive)} == {"succeeded"}


def damaged() -> bytes:
    """An archive of which one file does not match its checksum."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("good.md", RETURNS)
        archive.writestr("bad.md", "# Care\n\nXXXXXXXX")
    return held.getvalue().replace(b"XXXXXXXX", b"YYYYYYYY")


def test_a_file_that_cannot_be_taken_out_has_its_reason_and_is_tried_again(
    cast: Cast, work_off: WorkOff
) -> None:
    archive = put(cast, work_off, "a.zip", damaged())
    assert inside(cast, archive) == [
        ("a.zip/bad.md", "failed", "corrupt_file"),
        ("a.zip/good.md", "succeeded", ""),
    ]
    member = named(cast, "a.zip/bad.md")
    assert member.job is not None
    jobs.retry(actor=cast.lin.actor, job=member.job)
    work_off(cast.zhou.actor)
    again = named(cast, "a.zip/bad.md")
    assert (again.state, again.job and again.job.error_code) == ("failed", "corrupt_file")
    with tenancy.scope(cast.hemu.pk):
        assert not Revision.objects.filter(document=again).exists()


def test_a_file_that_could_be_taken_out_the_second_time_is_read(cast: Cast, work_off: WorkOff) -> None:
    put(cast, work_off, "a.zip", damaged())
    with tenancy.scope(cast.hemu.pk):
        # Place 0 is the good one: as if the disk had been mended.
        Job.objects.filter(payload__place=1).update(payload=_moved(cast, 0))
    member = named(cast, "a.zip/bad.md")
    assert member.job is not None
    jobs.retry(actor=cast.lin.actor, job=member.job)
    work_off(cast.zhou.actor)
    assert named(cast, "a.zip/bad.md").state == "succeeded"


def _moved(cast: Cast, place: int) -> dict[str, object]:
    return {**Job.objects.get(payload__place=1).payload, "place": place}


def test_a_changed_archive_changes_adds_and_removes_its_members(cast: Cast, work_off: WorkOff) -> None:
    first = {"same.md": b"# Same\n\nStays.", "old.md": b"# Old\n\nGoes.", "changed.md": b"# A\n\nBefore."}
    archive = put(cast, work_off, "a.zip", files.zipped(first))
    same = named(cast, "a.zip/same.md")
    second = {"same.md": first["same.md"], "new.md": b"# New\n\nComes.", "changed.md": b"# A\n\nAfter."}
    again = put(cast, work_off, "a.zip", files.zipped(second))
    assert again.pk == archive.pk
    assert [name for name, *_ in inside(cast, again)] == ["a.zip/changed.md", "a.zip/new.md", "a.zip/same.md"]
    assert words_of(cast) == ["After.", "Comes.", "Stays."]
    assert named(cast, "a.zip/same.md").job_id == same.job_id, "it was read again"
    assert [one.number for one in _revisions(cast, "a.zip/changed.md")] == [1, 2]


def _revisions(cast: Cast, name: str) -> Sequence[Revision]:
    document = named(cast, name)
    with tenancy.scope(cast.hemu.pk):
        return list(document.revisions.order_by("number"))


def test_the_same_archive_once_more_changes_nothing(cast: Cast, work_off: WorkOff) -> None:
    data = files.zipped({"a.md": RETURNS.encode()})
    put(cast, work_off, "a.zip", data)
    before = state_of(cast.hemu)
    put(cast, work_off, "a.zip", data)
    assert state_of(cast.hemu) == before


def test_what_a_later_archive_leaves_out_ends_the_day_before(cast: Cast, work_off: WorkOff) -> None:
    put(cast, work_off, "a.zip", files.zipped({"a.md": RETURNS.encode(), "b.md": CARE.encode()}))
    later = Dates(date(2026, 3, 1))
    put(cast, work_off, "a.zip", files.zipped({"a.md": b"# Returns\n\nWithin 14 days."}), later)
    [ended] = _revisions(cast, "a.zip/b.md")
    assert (ended.effective_from, ended.effective_until) == (None, date(2026, 2, 28))
    assert [(one.effective_from, one.effective_until) for one in _revisions(cast, "a.zip/a.md")][1] == (
        date(2026, 3, 1),
        None,
    )


def test_removing_an_archive_takes_its_members_along_as_one_change(cast: Cast, work_off: WorkOff) -> None:
    data = files.zipped({"a.md": RETURNS.encode(), "b.eml": mail(("care.md", CARE.encode()))})
    archive = put(cast, work_off, "a.zip", data)
    with tenancy.scope(cast.hemu.pk):
        before = KnowledgeBase.objects.get(slug="customer-service").version
    services.delete_document(actor=cast.zhou.actor, document=archive)
    assert words_of(cast) == []
    with tenancy.scope(cast.hemu.pk):
        base = KnowledgeBase.objects.get(slug="customer-service")
        change = Change.objects.get(base=base, version=base.version)
        assert not Document.objects.filter(deleted_at=None).exists()
    assert (base.version, base.passage_count) == (before + 1, 0)
    assert (change.kind, change.document_id) == (ChangeKind.REMOVED, archive.pk)
    assert verbs_of(cast.hemu)[-1] == "document.deleted"


def test_members_may_stay_and_a_new_archive_of_that_name_takes_them_over(
    cast: Cast, work_off: WorkOff
) -> None:
    data = files.zipped({"a.md": RETURNS.encode()})
    archive = put(cast, work_off, "a.zip", data)
    member = named(cast, "a.zip/a.md")
    services.delete_document(actor=cast.zhou.actor, document=archive, keep_members=True)
    assert words_of(cast) == ["Within 7 days."]
    again = put(cast, work_off, "a.zip", data)
    assert again.pk != archive.pk
    kept = named(cast, "a.zip/a.md")
    assert (kept.pk, kept.member_of_id) == (member.pk, again.pk)


def test_going_back_brings_an_archive_and_its_members_back(cast: Cast, work_off: WorkOff) -> None:
    archive = put(cast, work_off, "a.zip", files.zipped({"a.md": RETURNS.encode()}))
    with tenancy.scope(cast.hemu.pk):
        base = KnowledgeBase.objects.get(slug="customer-service")
    services.delete_document(actor=cast.zhou.actor, document=archive)
    roll_back(actor=cast.lin.actor, base=base, to=base.version)
    assert words_of(cast) == ["Within 7 days."]
    assert inside(cast, archive) == [("a.zip/a.md", "succeeded", "")]


def test_a_document_of_that_name_that_came_otherwise_is_left_alone(cast: Cast, work_off: WorkOff) -> None:
    base = services.create_base(actor=cast.zhou.actor, slug="customer-service")
    services.receive(actor=cast.zhou.actor, base=base, name="a.md", folder=["a.zip"], chunks=[CARE.encode()])
    archive = put(cast, work_off, "a.zip", files.zipped({"a.md": RETURNS.encode()}))
    assert inside(cast, archive) == []
    assert words_of(cast) == ["Wipe with a dry cloth."]
    assert archive.current is not None
    assert archive.current.remarks == [{"code": "skipped_part", "about": "a.md", "detail": "name_taken"}]


def test_erasing_an_archive_erases_what_it_held(cast: Cast, work_off: WorkOff) -> None:
    archive = put(cast, work_off, "a.zip", files.zipped({"a.md": RETURNS.encode()}))
    with tenancy.scope(cast.hemu.pk):
        purge(document=archive)
        assert not Document.objects.exists()
        assert not Passage.objects.exists()


def test_an_archive_that_is_removed_while_it_is_read_brings_nothing_more(
    cast: Cast, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "AT_ONCE", 1)
    really, taken = members._take_some, []

    def removed_meanwhile(container: members._Container, *rest: object) -> None:
        really(container, *rest)  # type: ignore[arg-type]
        taken.append(rest)
        services.delete_document(actor=cast.zhou.actor, document=container.document)

    monkeypatch.setattr(members, "_take_some", removed_meanwhile)
    put(cast, work_off, "a.zip", files.zipped({"a.md": RETURNS.encode(), "b.md": CARE.encode()}))
    assert len(taken) == 1
    assert words_of(cast) == []
    with tenancy.scope(cast.hemu.pk):
        assert not Document.objects.filter(deleted_at=None).exists()
        assert set(Job.objects.values_list("state", flat=True)) == {JobState.CANCELLED}


def test_other_days_of_an_archive_are_those_of_its_members_too(cast: Cast, work_off: WorkOff) -> None:
    """One version for all; a member that a person gave days of its own keeps them."""
    year = Dates(date(2026, 1, 1), date(2026, 12, 31))
    inner = files.zipped({"deep.md": b"# Deep\n\nDeep down."})
    data = files.zipped({"a.md": RETURNS.encode(), "b.md": CARE.encode(), "c.zip": inner})
    archive = put(cast, work_off, "papers.zip", data, dates=year)
    own = Dates(date(2026, 3, 1), None)
    set_dates(actor=cast.zhou.actor, document=named(cast, "papers.zip/b.md"), revision=1, dates=own)
    before = named(cast, "papers.zip").base.version
    later = Dates(date(2026, 6, 1), date(2027, 5, 31))
    assert set_dates(actor=cast.zhou.actor, document=archive, revision=1, dates=later) == before + 1
    days = {}
    for name in ("a.md", "b.md", "c.zip", "c.zip/deep.md"):
        member = named(cast, f"papers.zip/{name}").current
        assert member is not None
        days[name] = Dates(member.effective_from, member.effective_until)
    assert days == {"a.md": later, "b.md": own, "c.zip": later, "c.zip/deep.md": later}
    with tenancy.scope(cast.hemu.pk):
        living = Passage.objects.filter(died=None).order_by("text")
        spans = list(living.values_list("text", "applies_from", "applies_until"))
        dated = Change.objects.filter(version=before + 1).values_list("kind", "document")
        assert list(dated) == [(ChangeKind.DATED, archive.pk)]
    assert spans == [
        ("Deep down.", date(2026, 6, 1), date(2027, 6, 1)),
        ("Wipe with a dry cloth.", date(2026, 3, 1), None),
        ("Within 7 days.", date(2026, 6, 1), date(2027, 6, 1)),
    ]
    assert verbs_of(cast.hemu)[-4:] == ["revision.dated"] * 4


def test_whoever_may_not_date_an_archive_dates_no_member(cast: Cast, work_off: WorkOff) -> None:
    archive = put(cast, work_off, "papers.zip", files.zipped({"a.md": RETURNS.encode()}))
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        set_dates(actor=cast.mei.actor, document=archive, revision=1, dates=Dates(date(2026, 1, 1), None))
    assert state_of(cast.hemu) == before
