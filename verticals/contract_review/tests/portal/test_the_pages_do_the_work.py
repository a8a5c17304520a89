"""The portal by plain requests: every page opens, says what is wrong, and shows nothing of others'."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sunmao.accounts import services as accounts
from sunmao.accounts.selectors import actor_of_user
from sunmao.core import tenancy
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.state import state_of
from verticals.contract_review.models import Review
from verticals.contract_review.service import deciding, reviewing
from verticals.contract_review.tests.service.conftest import SAMPLE, docx_of, findings_of, review_text

assert review_text  # the fixture
HOME = "/contract-review/"


def submitted(client: Any, **data: Any) -> Any:
    given = {
        "side": "party_a",
        "contract_type": "",
        "strictness": "normal",
        "title": "",
        "as_of": "",
        "text": "",
    }
    return client.post(f"{HOME}submit/", {**given, **data})


def only_review(cast: Any) -> Review:
    with tenancy.scope(cast.hemu.pk):
        return Review.objects.get()


def test_a_pasted_text_leads_to_its_review(cast: Any) -> None:
    response = submitted(cast.mei.client, text=SAMPLE)
    review = only_review(cast)
    assert (response.status_code, response["Location"]) == (302, f"{HOME}reviews/{review.pk}/")
    waiting = cast.mei.client.get(response["Location"])
    assert b"waiting__step" in waiting.content
    run_waiting_jobs(cast.mei.actor)
    page = cast.mei.client.get(response["Location"]).content.decode()
    assert "Not compliant" in page
    assert page.count('class="risk"') == len(findings_of(review))


def test_a_file_of_the_browsers_empty_form_is_taken(cast: Any) -> None:
    file = SimpleUploadedFile("技术服务合同.docx", docx_of([SAMPLE]))
    response = submitted(cast.lin.client, file=file)
    assert response.status_code == 302


def test_what_is_wrong_is_told_beside_what_was_entered(cast: Any) -> None:
    before = state_of(cast.hemu)
    response = submitted(cast.mei.client, text="  ", title="Our lease")
    page = response.content.decode()
    assert response.status_code == 400
    assert "Paste a clause or a contract, or choose a file." in page
    assert 'value="Our lease"' in page
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize(
    "view", ["findings", "facts", "checklist", "calendar", "questions", "versions", "no"]
)
def test_every_part_of_a_review_opens(cast: Any, review_text: Any, view: str) -> None:
    review = review_text(cast.lin.actor)
    response = cast.lin.client.get(f"{HOME}reviews/{review.pk}/?view={view}")
    assert response.status_code == 200


def test_every_mark_in_the_document_leads_to_its_finding(cast: Any, review_text: Any) -> None:
    review = review_text(cast.lin.actor)
    page = cast.lin.client.get(f"{HOME}reviews/{review.pk}/").content.decode()
    targets = set(re.findall(r'href="#(finding-\d+)"', page))
    assert targets
    assert targets <= set(re.findall(r'id="(finding-\d+)"', page))
    text = "".join(re.findall(r">([^<>]*)<", page.split('class="paper"')[1].split("</article>")[0]))
    assert re.sub(r"\s|\d", "", SAMPLE) in re.sub(r"\s|\d", "", text)


def test_what_people_write_is_never_run(cast: Any, review_text: Any) -> None:
    nasty = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    review = review_text(cast.lin.actor, SAMPLE + nasty, title=nasty[:100])
    for path in ("", "?view=facts", "?view=versions"):
        page = cast.lin.client.get(f"{HOME}reviews/{review.pk}/{path}").content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_fragment_comes_back_for_a_keystroke(cast: Any, review_text: Any) -> None:
    finding = findings_of(review_text(cast.lin.actor))[0]
    url = f"{HOME}findings/{finding.pk}/decision/"
    done = cast.lin.client.post(url, {"decision": "accepted"}, headers={"hx-request": "true"})
    assert done.status_code == 200
    assert b'data-decision="accepted"' in done.content
    assert b'hx-swap-oob="true"' in done.content
    refused = cast.lin.client.post(url, {"decision": "rejected"}, headers={"hx-request": "true"})
    assert refused.status_code == 400
    assert b'role="alert"' in refused.content


def test_a_reason_typed_and_entered_accepts_nothing(cast: Any, review_text: Any) -> None:
    """Enter in a field of one line presses the first button of its form, and that is the one that accepts."""
    review = review_text(cast.lin.actor)
    page = cast.lin.client.get(f"{HOME}reviews/{review.pk}/").content.decode()
    forms = re.findall(r'<form class="decide".*?</form>', page, re.DOTALL)
    assert forms
    for form in forms:
        fields = re.findall(r"<input[^>]*>", form)
        assert all('type="hidden"' in field for field in fields)


def test_others_see_nothing_of_it(cast: Any, review_text: Any) -> None:
    review = review_text(cast.lin.actor)
    finding = findings_of(review)[0]
    for client in (cast.omar.client, cast.mei.client):
        for path in (
            f"reviews/{review.pk}/",
            f"reviews/{review.pk}/status/",
            f"reviews/{review.pk}/export/report.pdf/",
            f"contracts/{review.contract_id}/compare/?before={review.pk}&after={review.pk}",
        ):
            assert client.get(HOME + path).status_code == 404
    before = state_of(cast.hemu)
    assert (
        cast.omar.client.post(f"{HOME}findings/{finding.pk}/decision/", {"decision": "accepted"}).status_code
        == 404
    )
    assert (
        cast.mei.client.post(f"{HOME}findings/{finding.pk}/decision/", {"decision": "accepted"}).status_code
        == 403
    )
    assert state_of(cast.hemu) == before


def test_two_versions_are_compared(cast: Any, review_text: Any) -> None:
    from verticals.contract_review.service import receiving

    first = review_text(cast.lin.actor)
    better = SAMPLE.replace("5%", "0.05%")
    second = receiving.add_version(actor=cast.lin.actor, contract=first.contract, text=better).review
    run_waiting_jobs(cast.lin.actor)
    url = f"{HOME}contracts/{first.contract_id}/compare/?before={first.pk}&after={second.pk}"
    page = cast.lin.client.get(url).content.decode()
    assert "<del>" in page
    assert "Gone: 1" in page
    docx_file = cast.lin.client.get(url.replace("compare/?", "compare/docx/?"))
    assert docx_file.status_code == 200
    assert docx_file.content[:2] == b"PK"


def test_a_review_that_failed_says_why(cast: Any) -> None:
    submitted(cast.lin.client, file=SimpleUploadedFile("broken.pdf", b"%PDF-1.7\n1 0 obj\n<<"))
    run_waiting_jobs(cast.lin.actor)
    review = only_review(cast)
    page = cast.lin.client.get(f"{HOME}reviews/{review.pk}/").content.decode()
    assert review.error["texts"]["en"] in page
    with tenancy.scope(cast.hemu.pk):
        again = reviewing.again(
            actor=cast.lin.actor,
            review=Review.objects.select_related("contract", "version").get(pk=review.pk),
        )
    assert again.pk != review.pk


def test_the_rules_are_edited_on_their_page(cast: Any) -> None:
    page = cast.lin.client.get(f"{HOME}rules/").content.decode()
    shown = dict.fromkeys(re.findall(r'name="(shown\.[^"]+)"', page), "1")
    on = dict.fromkeys(re.findall(r'name="(on\.[^"]+)"', page), "on")
    assert len(shown) == len(on) > 60
    del on["on.CN-G-02"]
    saved = cast.lin.client.post(f"{HOME}rules/save/", {**shown, **on, "threshold.CN-G-01.high_daily": "0.4"})
    assert saved.status_code == 302
    with tenancy.scope(cast.hemu.pk):
        from verticals.contract_review.models import PlaybookVersion

        settings = PlaybookVersion.objects.get().settings
    assert settings == {"disabled": ["CN-G-02"], "thresholds": {"CN-G-01": {"high_daily": 0.4}}, "scores": {}}


@pytest.mark.parametrize(
    "path", ["", "contracts/", "library/", "rules/", "handbook/", "contracts/?state=final"]
)
def test_every_page_opens_for_everybody(cast: Any, path: str) -> None:
    assert cast.mei.client.get(HOME + path).status_code == 200


def test_a_clash_is_told_on_the_card_and_what_was_typed_is_kept(cast: Any, review_text: Any) -> None:
    finding = findings_of(review_text(cast.lin.actor))[0]
    url = f"{HOME}findings/{finding.pk}/decision/"
    htmx = {"hx-request": "true"}
    system = accounts.system_actor(cast.hemu)
    fang = accounts.add_member(actor=system, username="fang", role="lawyer")
    deciding.decide(
        actor=actor_of_user(fang, language="en"), finding=finding, decision="deferred", revision=0
    )
    before = state_of(cast.hemu)

    mine = {"decision": "edited", "rewrite": "每日0.03%。", "revision": "0"}
    clash = cast.lin.client.post(url, mine, headers=htmx)

    page = clash.content.decode()
    assert clash.status_code == 409
    assert "fang decided in the meantime: Deferred. Look at it and decide again." in page
    assert 'data-decision="deferred"' in page
    assert 'name="revision" value="1"' in page
    assert ">每日0.03%。</textarea>" in page
    assert state_of(cast.hemu) == before
    assert cast.lin.client.post(url, mine).status_code == 409

    again = cast.lin.client.post(url, {**mine, "revision": "1"}, headers=htmx)
    assert (again.status_code, b'data-decision="edited"' in again.content) == (200, True)


def test_rest_tells_who_decided_in_the_meantime(cast: Any, review_text: Any) -> None:
    review = review_text(cast.lin.actor)
    finding = findings_of(review)[0]
    url = f"/api/v1/contract-findings/{finding.pk}/decision"
    system = accounts.system_actor(cast.hemu)
    fang = accounts.add_member(actor=system, username="fang", role="lawyer")
    deciding.decide(
        actor=actor_of_user(fang, language="en"), finding=finding, decision="accepted", revision=0
    )

    for seen in ({"revision": 0}, {}):
        clash = cast.lin.client.post(url, {"decision": "deferred", **seen}, content_type="application/json")
        assert (clash.status_code, clash.json()["code"]) == (409, "decided_meanwhile")
        assert clash.json()["fields"] == {
            "decision": "accepted", "decided_by": "fang", "revision": "1",
        }  # fmt: skip
    told = cast.lin.client.get(f"/api/v1/contract-reviews/{review.pk}").json()["findings"][0]
    assert (told["decision"], told["revision"]) == ("accepted", 1)
    done = cast.lin.client.post(url, {"decision": "deferred", "revision": 1}, content_type="application/json")
    assert (done.status_code, done.json()["decision"], done.json()["revision"]) == (200, "deferred", 2)
    wrong = cast.lin.client.post(url, {"decision": "open", "revision": "1"}, content_type="application/json")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (400, ["revision"])
