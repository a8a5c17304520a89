"""Prompts: their texts and history, reviews, cases, and what comes of them with a model."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import prompt_shapes as shapes
from apps.api.views.base import DoorView
from apps.api.views.schemas import operation, path_id
from sunmao.core.errors import InvalidInput, NotFound
from sunmao.core.resolving import visible
from sunmao.core.texts import storable
from sunmao.evaluation.optimising import starting as optimising
from sunmao.evaluation.playground import starting
from sunmao.evaluation.playground.starting import Candidate
from sunmao.prompts import cases, editing, exchange, presenting, reviewing, selectors
from sunmao.prompts.rights import COMMENT, EDIT, READ, REVIEW, TRY
from sunmao.releases.usage import releases_with

PROMPT = OpenApiParameter(
    "prompt_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="A prompt's id, or `name:language`."
)
NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH, description="Of a version.")
UNKNOWN, UNKNOWN_VERSION = ("unknown_prompt",), ("unknown_prompt", "unknown_prompt_version")
INVALID = ("invalid_prompt",)


class PromptsView(DoorView):
    @operation("list_prompts", gives={200: shapes.PromptsSerializer})
    def get(self, request: Request) -> Response:
        """All prompts of the organisation."""
        self.actor.require(READ)
        with self.scope():
            found = selectors.prompts_visible_to(self.actor)
            return Response({"prompts": [presenting.prompt(one) for one in found]})

    @operation(
        "create_prompt",
        takes=shapes.NewPromptSerializer,
        gives={201: shapes.PromptTextSerializer},
        refuses={400: INVALID, 409: ("prompt_exists",), 413: ("too_long",)},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """A prompt of the organisation's own, with its first version."""
        self.actor.require(EDIT)
        given = _object(request.data)
        texts = {name: _text(given, name) for name in ("slug", "language", "source", "note")}
        made = editing.create(actor=self.actor, **texts)
        with self.scope():
            return Response(presenting.version(visible(self.actor, "prompt_version", made.pk)), status=201)


class PromptView(DoorView):
    @operation(
        "show_prompt", gives={200: shapes.PromptDetailSerializer}, refuses={404: UNKNOWN}, parameters=[PROMPT]
    )
    def get(self, request: Request, prompt_id: str) -> Response:
        """The current text, the caller's draft, and the reviews that are open."""
        self.actor.require(READ)
        with self.scope():
            found = visible(self.actor, "prompt", prompt_id)
            draft = selectors.own_draft(self.actor, found)
            open_ = selectors.open_reviews(found)
            text = presenting.version(found.current, used=releases_with(found)) if found.current else None
            shown = {
                **presenting.prompt(found),
                "text": text,
                "draft": str(draft.source) if draft else None,
                "reviews": [presenting.review(one) for one in open_],
            }
        return Response(shown)


class PromptDraftView(DoorView):
    @operation(
        "save_prompt_draft",
        takes=shapes.PromptDraftSerializer,
        gives={200: shapes.PromptDraftSerializer},
        refuses={404: UNKNOWN, 413: ("too_long",)},
        parameters=[PROMPT],
        writes=True,
    )
    def put(self, request: Request, prompt_id: str) -> Response:
        """Keep what is being written, right or wrong; only the caller sees it."""
        self.actor.require(EDIT)
        prompt = self.find("prompt", prompt_id, permission=EDIT)
        source = _given_text(_object(request.data), "source")
        editing.save_draft(actor=self.actor, prompt=prompt, source=source)
        return Response({"source": source})

    @operation(
        "discard_prompt_draft", gives={204: None}, refuses={404: UNKNOWN}, parameters=[PROMPT], writes=True
    )
    def delete(self, request: Request, prompt_id: str) -> Response:
        """Let go of the caller's draft."""
        self.actor.require(EDIT)
        editing.discard_draft(actor=self.actor, prompt=self.find("prompt", prompt_id, permission=EDIT))
        return Response(status=204)


class PromptVersionsView(DoorView):
    @operation(
        "list_prompt_versions",
        gives={200: shapes.PromptVersionsSerializer},
        refuses={404: UNKNOWN},
        parameters=[PROMPT],
    )
    def get(self, request: Request, prompt_id: str) -> Response:
        """The history, newest first, and which releases pin each version."""
        self.actor.require(READ)
        with self.scope():
            found = visible(self.actor, "prompt", prompt_id)
            used = releases_with(found)
            rows = selectors.versions_visible_to(self.actor).filter(prompt=found)
            return Response({"versions": [presenting.version(one, used=used, whole=False) for one in rows]})

    @operation(
        "save_prompt",
        takes=shapes.NewPromptVersionSerializer,
        gives={201: shapes.PromptTextSerializer},
        refuses={400: INVALID, 404: UNKNOWN, 409: ("prompt_moved_on",), 413: ("too_long",)},
        parameters=[PROMPT],
        writes=True,
    )
    def post(self, request: Request, prompt_id: str) -> Response:
        """A version with this text; a text that is there already is not made twice."""
        self.actor.require(EDIT)
        given = _object(request.data)
        made = editing.save(
            actor=self.actor,
            prompt=self.find("prompt", prompt_id, permission=EDIT),
            source=_text(given, "source"),
            note=_text(given, "note"),
            parent=_whole(given, "parent"),
            review=_truth(given, "review", False),
        )
        with self.scope():
            return Response(presenting.version(visible(self.actor, "prompt_version", made.pk)), status=201)


class PromptVersionView(DoorView):
    @operation(
        "show_prompt_version",
        gives={200: shapes.PromptTextSerializer},
        refuses={404: UNKNOWN_VERSION},
        parameters=[PROMPT, NUMBER],
    )
    def get(self, request: Request, prompt_id: str, number: str) -> Response:
        """One version with its text."""
        self.actor.require(READ)
        with self.scope():
            found = visible(self.actor, "prompt", prompt_id)
            one = selectors.numbered(found, number)
            return Response(presenting.version(one, used=releases_with(found)))


class PromptVersionActionView(DoorView):
    @operation(
        "restore_prompt_version",
        gives={200: shapes.PromptSerializer},
        refuses={404: UNKNOWN_VERSION, 409: ("prompt_is_current",)},
        parameters=[PROMPT, NUMBER],
        writes=True,
    )
    def post(self, request: Request, prompt_id: str, number: str) -> Response:
        """Work from this version; where a second person approves, they are asked."""
        self.actor.require(EDIT)
        with self.scope():
            version = selectors.numbered(visible(self.actor, "prompt", prompt_id, permission=EDIT), number)
        editing.restore(actor=self.actor, version=version)
        with self.scope():
            return Response(presenting.prompt(visible(self.actor, "prompt", version.prompt_id)))


class PromptReviewRequestView(DoorView):
    @operation(
        "request_prompt_review",
        gives={201: shapes.PromptReviewSerializer},
        refuses={404: UNKNOWN_VERSION, 409: ("prompt_is_current",)},
        parameters=[PROMPT, NUMBER],
        writes=True,
    )
    def post(self, request: Request, prompt_id: str, number: str) -> Response:
        """Ask for a second person's look at a version."""
        self.actor.require(EDIT)
        with self.scope():
            version = selectors.numbered(visible(self.actor, "prompt", prompt_id, permission=EDIT), number)
        made = reviewing.request(actor=self.actor, version=version)
        with self.scope():
            return Response(presenting.review(visible(self.actor, "prompt_review", made.pk)), status=201)


class PromptDecisionView(DoorView):
    @operation(
        "decide_prompt_review",
        takes=shapes.PromptDecisionSerializer,
        gives={200: shapes.PromptReviewSerializer},
        refuses={
            404: ("unknown_prompt_review",), 409: ("review_decided", "own_review"), 413: ("too_long",),
        },
        parameters=[path_id("review_id", "A review's id.")],
        writes=True,
    )  # fmt: skip
    def post(self, request: Request, review_id: str) -> Response:
        """Approved, the version is the current one."""
        self.actor.require(REVIEW)
        review = self.find("prompt_review", review_id, permission=REVIEW)
        given = _object(request.data)
        approve = _truth(given, "approve", None)
        reviewing.decide(actor=self.actor, review=review, approve=approve, reason=_text(given, "reason"))
        with self.scope():
            return Response(presenting.review(visible(self.actor, "prompt_review", review.pk)))


class PromptCommentsView(DoorView):
    @operation(
        "list_prompt_comments",
        gives={200: shapes.PromptCommentsSerializer},
        refuses={404: UNKNOWN_VERSION},
        parameters=[PROMPT, NUMBER],
    )
    def get(self, request: Request, prompt_id: str, number: str) -> Response:
        """What people said about a version."""
        self.actor.require(READ)
        with self.scope():
            version = selectors.numbered(visible(self.actor, "prompt", prompt_id), number)
            said = version.comments.select_related("version")
            return Response({"comments": [presenting.comment(one) for one in said]})

    @operation(
        "comment_on_prompt",
        takes=shapes.NewPromptCommentSerializer,
        gives={201: shapes.PromptCommentSerializer},
        refuses={400: ("empty_input",), 404: UNKNOWN_VERSION, 413: ("too_long",)},
        parameters=[PROMPT, NUMBER],
        writes=True,
    )
    def post(self, request: Request, prompt_id: str, number: str) -> Response:
        """Say something about a version, or about one of its lines."""
        self.actor.require(COMMENT)
        with self.scope():
            found = visible(self.actor, "prompt", prompt_id, permission=COMMENT)
            version = selectors.numbered(found, number)
        given = _object(request.data)
        made = reviewing.comment(
            actor=self.actor, version=version, text=_text(given, "text"), line=_whole(given, "line")
        )
        return Response(presenting.comment(made), status=201)


class PromptDifferenceView(DoorView):
    @operation(
        "compare_prompt_versions",
        gives={200: shapes.PromptDifferenceSerializer},
        refuses={404: UNKNOWN_VERSION},
        parameters=[
            PROMPT,
            OpenApiParameter("before", OpenApiTypes.INT, OpenApiParameter.QUERY, required=True),
            OpenApiParameter("after", OpenApiTypes.INT, OpenApiParameter.QUERY, required=True),
        ],
    )
    def get(self, request: Request, prompt_id: str) -> Response:
        """Word by word; Chinese character by character."""
        self.actor.require(READ)
        with self.scope():
            found = visible(self.actor, "prompt", prompt_id)
            both = [
                selectors.numbered(found, request.query_params.get(one, "")) for one in ("before", "after")
            ]
            return Response(presenting.differing(*both))


class PromptPreviewView(DoorView):
    @operation(
        "preview_prompt",
        takes=shapes.PromptToPreviewSerializer,
        gives={200: shapes.PromptPreviewSerializer},
        refuses={404: UNKNOWN},
    )
    def post(self, request: Request) -> Response:
        """Before saving: what is wrong and in which line, the score, and how the cases of a prompt went."""
        self.actor.require(READ)
        given = _object(request.data)
        with self.scope():
            named = _text(given, "prompt_id")
            found = visible(self.actor, "prompt", named) if named else None
            return Response(presenting.preview(_given_text(given, "source"), found=found))


class PromptCopyView(DoorView):
    @operation(
        "copy_prompt",
        takes=shapes.PromptLanguageSerializer,
        gives={201: shapes.PromptTextSerializer},
        refuses={400: INVALID, 404: UNKNOWN, 409: ("prompt_exists", "prompt_is_empty")},
        parameters=[PROMPT],
        writes=True,
    )
    def post(self, request: Request, prompt_id: str) -> Response:
        """The current text as the beginning of the same prompt in another language."""
        self.actor.require(EDIT)
        prompt = self.find("prompt", prompt_id, permission=EDIT)
        made = editing.copy_to(
            actor=self.actor, prompt=prompt, language=_text(_object(request.data), "language")
        )
        with self.scope():
            return Response(presenting.version(visible(self.actor, "prompt_version", made.pk)), status=201)


class PromptSeedView(DoorView):
    @operation(
        "decide_about_newer_text",
        takes=shapes.SeedDecisionSerializer,
        gives={200: shapes.PromptSerializer},
        refuses={404: UNKNOWN, 409: ("no_newer_seed", "prompt_is_current")},
        parameters=[PROMPT],
        writes=True,
    )
    def post(self, request: Request, prompt_id: str) -> Response:
        """The product brought a newer text: work from it, or keep one's own."""
        self.actor.require(EDIT)
        prompt = self.find("prompt", prompt_id, permission=EDIT)
        take = _truth(_object(request.data), "take", None)
        if take and prompt.seed and selectors.has_newer_seed(prompt):
            editing.restore(actor=self.actor, version=prompt.seed)
        else:
            editing.keep_own(actor=self.actor, prompt=prompt)
        with self.scope():
            return Response(presenting.prompt(visible(self.actor, "prompt", prompt.pk)))


class PromptRulesView(DoorView):
    @operation(
        "set_prompt_rules",
        takes=shapes.PromptRulesSerializer,
        gives={200: shapes.PromptSerializer},
        refuses={404: UNKNOWN},
        parameters=[PROMPT],
        writes=True,
    )
    def put(self, request: Request, prompt_id: str) -> Response:
        """Whether a second person has to approve a version."""
        self.actor.require(REVIEW)
        prompt = self.find("prompt", prompt_id, permission=REVIEW)
        on = _truth(_object(request.data), "four_eyes", None)
        editing.set_four_eyes(actor=self.actor, prompt=prompt, on=on)
        with self.scope():
            return Response(presenting.prompt(visible(self.actor, "prompt", prompt.pk)))


class PromptCasesView(DoorView):
    @operation(
        "list_prompt_cases",
        gives={200: shapes.PromptCasesSerializer},
        refuses={404: UNKNOWN},
        parameters=[PROMPT],
    )
    def get(self, request: Request, prompt_id: str) -> Response:
        """What the prompt has to get right."""
        self.actor.require(READ)
        with self.scope():
            found = visible(self.actor, "prompt", prompt_id)
            return Response({"cases": [presenting.case(one) for one in found.cases.all()]})

    @operation(
        "save_prompt_case",
        takes=shapes.NewPromptCaseSerializer,
        gives={201: shapes.PromptCaseSerializer},
        refuses={
            400: ("invalid_prompt_case", "invalid_prompt_variable"), 404: UNKNOWN, 413: ("too_many_cases",),
        },
        parameters=[PROMPT],
        writes=True,
    )  # fmt: skip
    def post(self, request: Request, prompt_id: str) -> Response:
        """Values for the variables, and checks of what comes back; one of this name is written anew."""
        self.actor.require(EDIT)
        given = _object(request.data)
        made = cases.save_case(
            actor=self.actor,
            prompt=self.find("prompt", prompt_id, permission=EDIT),
            name=_text(given, "name"),
            inputs=_mapping(given, "inputs") or {},
            checks=given.get("checks"),
        )
        return Response(presenting.case(made), status=201)


class PromptCaseView(DoorView):
    @operation(
        "remove_prompt_case",
        gives={204: None},
        refuses={404: ("unknown_prompt_case", "unknown_case")},
        parameters=[path_id("case_id", "A case's id.")],
        writes=True,
    )
    def delete(self, request: Request, case_id: str) -> Response:
        """The prompt is no longer held to it."""
        self.actor.require(EDIT)
        cases.remove_case(actor=self.actor, case=self.find("prompt_case", case_id, permission=EDIT))
        return Response(status=204)


class PromptExportView(DoorView):
    @operation(
        "export_prompt",
        gives={200: shapes.ExportedPromptSerializer},
        refuses={404: UNKNOWN, 409: ("prompt_is_empty",)},
        parameters=[PROMPT],
    )
    def get(self, request: Request, prompt_id: str) -> Response:
        """The current text and the cases as one object."""
        self.actor.require(READ)
        with self.scope():
            return Response(
                exchange.exported(actor=self.actor, prompt=visible(self.actor, "prompt", prompt_id))
            )


class PromptImportView(DoorView):
    @operation(
        "import_prompt",
        takes=shapes.ExportedPromptSerializer,
        gives={201: shapes.PromptTextSerializer},
        refuses={
            400: (*INVALID, "no_exported_prompt", "invalid_prompt_case", "invalid_prompt_variable"),
            413: ("too_long", "too_many_cases"),
        },
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """What was exported elsewhere: another version of the prompt of this name, or a new prompt."""
        self.actor.require(EDIT)
        made = exchange.take_in(actor=self.actor, data=request.data)
        with self.scope():
            return Response(presenting.version(visible(self.actor, "prompt_version", made.pk)), status=201)


class TriesView(DoorView):
    @operation(
        "try_prompt",
        takes=shapes.NewTrySerializer,
        gives={202: shapes.PlaygroundRunSerializer},
        refuses={
            400: (
                *INVALID, "invalid_prompt_variable", "missing_prompt_variable", "no_prompt_cases", "no_image",
            ),
            404: (*UNKNOWN_VERSION, "unknown_engine"),
            413: ("too_long", "too_many_cells", "file_too_large"),
        },
        parameters=[PROMPT],
        writes=True,
    )  # fmt: skip
    def post(self, request: Request, prompt_id: str) -> Response:
        """Several texts with several engines, side by side. A worker makes the answers."""
        self.actor.require(TRY)
        given = _object(request.data)
        prompt = self.find("prompt", prompt_id, permission=TRY)
        numbers, names = _list(given, "versions"), _list(given, "engines") or ["default"]
        with self.scope():
            found = [selectors.numbered(prompt, one) for one in numbers]
        candidates = [Candidate(one.source, one) for one in found]
        if source := _text(given, "source"):
            candidates.append(Candidate(source))
        if not candidates and prompt.current:
            candidates.append(Candidate(prompt.current.source, prompt.current))
        run = starting.start(
            actor=self.actor,
            prompt=prompt,
            candidates=candidates,
            choices=[starting.choice_of(str(one)) for one in names],
            inputs=_mapping(given, "inputs"),
            images=_images(given),
            settings=_numbers(given, "temperature", "max_tokens", "seed"),
        )
        with self.scope():
            return Response(presenting.run(visible(self.actor, "playground_run", run.pk)), status=202)


class TryView(DoorView):
    @operation(
        "show_try",
        gives={200: shapes.PlaygroundRunSerializer},
        refuses={404: ("unknown_playground_run",)},
        parameters=[path_id("run_id", "A try's id.")],
    )
    def get(self, request: Request, run_id: str) -> Response:
        """The caller's own try: every answer with time, tokens and cost."""
        self.actor.require(TRY)
        with self.scope():
            return Response(presenting.run(visible(self.actor, "playground_run", run_id)))


class OptimisationsView(DoorView):
    @operation(
        "optimise_prompt",
        takes=shapes.NewOptimisationSerializer,
        gives={202: shapes.OptimisationSerializer},
        refuses={
            400: ("too_few_cases", "extra_not_installed", "engine_does_not_write"),
            404: (*UNKNOWN, "unknown_engine"),
            409: ("prompt_is_empty",),
        },
        parameters=[PROMPT],
        writes=True,
    )
    def post(self, request: Request, prompt_id: str) -> Response:
        """Search for a better text on the prompt's cases. What is found is proposed, and serves nobody."""
        self.actor.require(EDIT)
        self.actor.require(TRY)
        prompt = self.find("prompt", prompt_id, permission=EDIT)
        made = optimising.start(actor=self.actor, prompt=prompt, given=_object(request.data))
        with self.scope():
            return Response(presenting.optimisation(visible(self.actor, "optimisation", made.pk)), status=202)


class OptimisationView(DoorView):
    @operation(
        "show_optimisation",
        gives={200: shapes.OptimisationSerializer},
        refuses={404: ("unknown_optimisation",)},
        parameters=[path_id("optimisation_id", "A search's id.")],
    )
    def get(self, request: Request, optimisation_id: str) -> Response:
        """What a search found, and its gain on cases that it did not see."""
        self.actor.require(READ)
        with self.scope():
            return Response(presenting.optimisation(visible(self.actor, "optimisation", optimisation_id)))


def _object(data: Any) -> Mapping[str, Any]:
    return data if isinstance(data, Mapping) else {}


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str) or not storable(value):
        raise InvalidInput(fields={name: _("must be text")})
    return value


def _given_text(given: Mapping[str, Any], name: str) -> str:
    if name not in given:
        raise InvalidInput(fields={name: _("is missing")})
    return _text(given, name)


def _whole(given: Mapping[str, Any], name: str) -> int | None:
    if name not in given:
        return None
    value = given[name]
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(fields={name: _("must be a whole number")})
    if abs(value) >= 2**31:
        raise NotFound(code="unknown_prompt_version")
    return value


def _numbers(given: Mapping[str, Any], *names: str) -> dict[str, Any]:
    found = {name: given[name] for name in names if name in given}
    for name, value in found.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidInput(fields={name: _("must be a number")})
        if name != "temperature" and value != int(value):
            raise InvalidInput(fields={name: _("must be a whole number")})
    return found


def _truth(given: Mapping[str, Any], name: str, default: bool | None) -> bool:
    value = given.get(name, default)
    if not isinstance(value, bool):
        raise InvalidInput(fields={name: _("must be true or false")})
    return value


def _list(given: Mapping[str, Any], name: str) -> list[Any]:
    value = given.get(name, [])
    if not isinstance(value, list) or len(value) > 20:
        raise InvalidInput(fields={name: _("must be a list of at most 20")})
    return value


def _mapping(given: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    if name not in given:
        return None
    value = given[name]
    if not isinstance(value, Mapping):
        raise InvalidInput(fields={name: _("must be an object")})
    return value


def _images(given: Mapping[str, Any]) -> dict[str, bytes]:
    images = _mapping(given, "images") or {}
    try:
        return {str(name): base64.b64decode(_text(images, name), validate=True) for name in images}
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(fields={"images": _("must be base64")}) from error
