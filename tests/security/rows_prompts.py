"""Prompts, through the API and in the console."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from sunmao.accounts import services as accounts
from sunmao.accounts.models import Organisation
from sunmao.core import tenancy
from sunmao.prompts import cases, editing
from sunmao.prompts.models import Optimisation, Review
from sunmao.prompts.rights import COMMENT, EDIT, READ, REVIEW, TRY
from sunmao.prompts.services import publish_version
from tests.security.matrix import Row, delete, get, post, post_json, send_json

V1 = "api/v1/"
P, ONE = f"{V1}prompts/<str:prompt_id>", f"{V1}prompts/{{prompt}}"
SOURCE = "---\nlanguage: en\nvariables: [question]\n---\nAnswer: {{ question }}\n"
OTHER = SOURCE.replace("Answer", "Reply")
NOBODYS = "00000000-0000-7000-8000-000000000000"
_DRAFT = "a draft is its writer's own and serves nobody"
_LOOK = "what is looked at before it is saved changes nothing"


def prompts_of(organisation: Organisation) -> dict[str, object]:
    """One with a newer text of the product, an open review, six cases, and a search."""
    system = accounts.system_actor(organisation)
    seed = publish_version(actor=system, slug="own.answer", language="en", source=SOURCE)
    prompt = seed.prompt
    editing.save(actor=system, prompt=prompt, source=OTHER)
    publish_version(
        actor=system, slug="own.answer", language="en", source=SOURCE.replace("Answer", "Respond")
    )
    waiting = editing.save(
        actor=system, prompt=prompt, source=SOURCE.replace("Answer", "Explain"), review=True
    )
    for number in range(6):
        checks = [{"kind": "equals", "value": "yes"}]
        case = cases.save_case(
            actor=system, prompt=prompt, name=f"case {number}", inputs={"question": "?"}, checks=checks
        )
    with tenancy.scope(organisation.pk):
        review = Review.objects.get(version=waiting)
        search = Optimisation.objects.create(prompt=prompt, base=seed, engine="openai", method="evolution")
    return {
        "prompt": prompt.pk,
        "prompt_review": review.pk,
        "prompt_case": case.pk,
        "optimisation": search.pk,
    }


def _png() -> SimpleUploadedFile:
    return SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n" + bytes(40), content_type="image/png")


API = (
    Row(route=f"{V1}prompts", method="GET", needs=READ, gives=200, send=get(f"{V1}prompts")),
    Row(route=f"{V1}prompts", method="POST", needs=EDIT, gives=201, writes=("prompt.created", "prompt.saved"),
        send=post_json(f"{V1}prompts", lambda _: {"slug": "new.one", "language": "en", "source": SOURCE})),
    Row(route=f"{V1}prompts/preview", method="POST", needs=READ, gives=200, silent=_LOOK, names="house",
        send=post_json(f"{V1}prompts/preview", lambda t: {
            "source": SOURCE, "prompt_id": str(t.others["prompt"])})),
    Row(route=f"{V1}prompts/import", method="POST", needs=EDIT, gives=201,
        writes=("prompt.created", "prompt.saved"),
        send=post_json(f"{V1}prompts/import", lambda _: {
            "format": "sunmao.prompt/1", "slug": "new.two", "language": "zh", "source": SOURCE})),
    Row(route=f"{V1}prompts/reviews/<str:review_id>/decision", method="POST", needs=REVIEW, gives=200,
        names="house", writes=("prompt.approved",),
        send=post_json(f"{V1}prompts/reviews/{{prompt_review}}/decision", lambda _: {"approve": True})),
    Row(route=f"{V1}prompts/cases/<str:case_id>", method="DELETE", needs=EDIT, gives=204, names="house",
        writes=("prompt_case.removed",), send=delete(f"{V1}prompts/cases/{{prompt_case}}")),
    Row(route=f"{V1}prompts/tries/<str:run_id>", method="GET", needs=TRY, gives=404,
        send=get(f"{V1}prompts/tries/{NOBODYS}")),
    Row(route=f"{V1}prompts/optimisations/<str:optimisation_id>", method="GET", needs=READ, gives=200,
        names="house", send=get(f"{V1}prompts/optimisations/{{optimisation}}")),
    Row(route=P, method="GET", needs=READ, gives=200, names="house", send=get(ONE)),
    Row(route=f"{P}/draft", method="PUT", needs=EDIT, gives=200, names="house", silent=_DRAFT,
        send=send_json("PUT", f"{ONE}/draft", lambda _: {"source": "half a"})),
    Row(route=f"{P}/draft", method="DELETE", needs=EDIT, gives=204, names="house", silent=_DRAFT,
        send=delete(f"{ONE}/draft")),
    Row(route=f"{P}/versions", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{ONE}/versions")),
    Row(route=f"{P}/versions", method="POST", needs=EDIT, gives=201, names="house", writes=("prompt.saved",),
        send=post_json(f"{ONE}/versions", lambda _: {"source": SOURCE + "Now."})),
    Row(route=f"{P}/versions/<str:number>", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{ONE}/versions/1")),
    Row(route=f"{P}/versions/<str:number>/restore", method="POST", needs=EDIT, gives=200, names="house",
        writes=("prompt.restored",), send=post(f"{ONE}/versions/1/restore")),
    Row(route=f"{P}/versions/<str:number>/review", method="POST", needs=EDIT, gives=201, names="house",
        writes=("prompt.review_requested",), send=post(f"{ONE}/versions/1/review")),
    Row(route=f"{P}/versions/<str:number>/comments", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{ONE}/versions/1/comments")),
    Row(route=f"{P}/versions/<str:number>/comments", method="POST", needs=COMMENT, gives=201, names="house",
        writes=("prompt.commented",),
        send=post_json(f"{ONE}/versions/1/comments", lambda _: {"text": "Kinder?"})),
    Row(route=f"{P}/difference", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{ONE}/difference?before=1&after=2")),
    Row(route=f"{P}/copy", method="POST", needs=EDIT, gives=201, names="house",
        writes=("prompt.created", "prompt.saved"),
        send=post_json(f"{ONE}/copy", lambda _: {"language": "zh"})),
    Row(route=f"{P}/seed", method="POST", needs=EDIT, gives=200, names="house",
        writes=("prompt.seed_declined",), send=post_json(f"{ONE}/seed", lambda _: {"take": False})),
    Row(route=f"{P}/rules", method="PUT", needs=REVIEW, gives=200, names="house",
        writes=("prompt.rule_changed",),
        send=send_json("PUT", f"{ONE}/rules", lambda _: {"four_eyes": True})),
    Row(route=f"{P}/cases", method="GET", needs=READ, gives=200, names="house", send=get(f"{ONE}/cases")),
    Row(route=f"{P}/cases", method="POST", needs=EDIT, gives=201, names="house",
        writes=("prompt_case.saved",), send=post_json(f"{ONE}/cases", lambda _: {
            "name": "new", "inputs": {"question": "?"}, "checks": [{"kind": "contains", "value": "a"}]})),
    Row(route=f"{P}/export", method="GET", needs=READ, gives=200, names="house", send=get(f"{ONE}/export")),
    Row(route=f"{P}/tries", method="POST", needs=TRY, gives=202, names="house", writes=("prompt.tried",),
        send=post_json(f"{ONE}/tries", lambda _: {"engines": ["extractive"], "inputs": {"question": "?"}})),
    Row(route=f"{P}/optimisations", method="POST", needs=EDIT, gives=202, names="house",
        writes=("prompt.optimisation_requested",),
        send=post_json(f"{ONE}/optimisations", lambda _: {"engine": "openai"})),
)  # fmt: skip

C, THIS = "console/prompts/prompt/<uuid:object_id>/", "console/prompts/prompt/{prompt}/"
CHANGE = "console/prompts/prompt/<path:object_id>/change/"
CONSOLE = (
    Row(route="console/prompts/prompt/add/", method="POST", needs=EDIT, gives=302,
        writes=("prompt.created", "prompt.saved"), send=post("console/prompts/prompt/add/", lambda _: {
            "slug": "new.three", "language": "en", "source": SOURCE})),
    Row(route=f"{C}edit/", method="GET", needs=EDIT, gives=200, names="house", send=get(f"{THIS}edit/")),
    Row(route=f"{C}edit/", method="POST", needs=EDIT, gives=302, names="house", writes=("prompt.saved",),
        send=post(f"{THIS}edit/", lambda _: {"save": "1", "source": SOURCE + "Now.", "parent": "2"})),
    Row(route=f"{C}preview/", method="POST", needs=READ, gives=200, names="house", silent=_LOOK,
        send=post(f"{THIS}preview/", lambda _: {"source": SOURCE})),
    Row(route=f"{C}difference/", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{THIS}difference/?before=1&after=2")),
    Row(route=f"{C}try/", method="GET", needs=TRY, gives=200, names="house", send=get(f"{THIS}try/")),
    Row(route=f"{C}try/", method="POST", needs=TRY, gives=302, names="house", writes=("prompt.tried",),
        send=post(f"{THIS}try/", lambda _: {
            "try": "1", "versions": ["1"], "engines": ["extractive"], "value-question": "?"})),
    Row(route=f"{C}try/<uuid:run_id>/", method="GET", needs=TRY, gives=404, names="house",
        send=get(f"{THIS}try/{NOBODYS}/")),
    Row(route=f"{C}try/<uuid:run_id>/", method="POST", needs=TRY, gives=404, names="house", silent=_LOOK,
        send=post(f"{THIS}try/{NOBODYS}/")),
    Row(route="console/prompts/prompt/fault-report/", method="GET", needs=TRY, gives=200,
        send=get("console/prompts/prompt/fault-report/")),
    Row(route="console/prompts/prompt/fault-report/", method="POST", needs=TRY, gives=200, silent=_LOOK,
        send=post("console/prompts/prompt/fault-report/", lambda _: {"value-question": "?"})),
    Row(route=CHANGE, method="POST", needs=EDIT, gives=302, denied=302, names="house", foreign=302,
        writes=("prompt.restored",), send=post(f"{THIS}change/", lambda _: {"restore": "1"})),
    Row(route=CHANGE, method="POST", needs=REVIEW, gives=302, denied=302, names="house", foreign=302,
        writes=("prompt.approved",),
        send=post(f"{THIS}change/", lambda t: {"approve": str(t.others["prompt_review"])})),
    Row(route=CHANGE, method="POST", needs=COMMENT, gives=302, denied=302, names="house", foreign=302,
        writes=("prompt.commented",), send=post(f"{THIS}change/", lambda _: {"comment": "2", "text": "?"})),
)  # fmt: skip
PROMPTS = (*API, *CONSOLE)

__all__ = ["PROMPTS", "prompts_of"]
