"""Prompts: their texts and history, reviews, cases, and what comes of them with a model."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import prompt_shapes as shapes
from apps.api.views.base import DoorView
from apps.api.views.given import object_of, text_of, texts_of, truth_of, version_of
from apps.api.views.prompt_shapes import INVALID, NUMBER, PROMPT, UNKNOWN, UNKNOWN_VERSION
from apps.api.views.schemas import operation, path_id
from sunmao.core.resolving import visible
from sunmao.prompts import editing, presenting, reviewing, selectors
from sunmao.prompts.rights import COMMENT, EDIT, READ, REVIEW
from sunmao.releases.usage import releases_with


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
        given = object_of(request.data)
        texts = texts_of(given, "slug", "language", "source", "note")
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
        source = text_of(object_of(request.data), "source", required=True)
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
        given = object_of(request.data)
        made = editing.save(
            actor=self.actor,
            prompt=self.find("prompt", prompt_id, permission=EDIT),
            source=text_of(given, "source"),
            note=text_of(given, "note"),
            parent=version_of(given, "parent", code="unknown_prompt_version"),
            review=truth_of(given, "review", False),
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
            404: ("unknown_prompt_review",),
            409: ("review_decided", "own_review", "not_a_person"),
            413: ("too_long",),
        },
        parameters=[path_id("review_id", "A review's id.")],
        writes=True,
    )
    def post(self, request: Request, review_id: str) -> Response:
        """Approved, the version is the current one."""
        self.actor.require(REVIEW)
        review = self.find("prompt_review", review_id, permission=REVIEW)
        given = object_of(request.data)
        approve = truth_of(given, "approve")
        reviewing.decide(actor=self.actor, review=review, approve=approve, reason=text_of(given, "reason"))
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
        given = object_of(request.data)
        made = reviewing.comment(
            actor=self.actor,
            version=version,
            text=text_of(given, "text"),
            line=version_of(given, "line", code="unknown_prompt_version"),
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
        given = object_of(request.data)
        with self.scope():
            named = text_of(given, "prompt_id")
            found = visible(self.actor, "prompt", named) if named else None
            return Response(presenting.preview(text_of(given, "source", required=True), found=found))


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
            actor=self.actor, prompt=prompt, language=text_of(object_of(request.data), "language")
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
        take = truth_of(object_of(request.data), "take")
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
        on = truth_of(object_of(request.data), "four_eyes")
        editing.set_four_eyes(actor=self.actor, prompt=prompt, on=on)
        with self.scope():
            return Response(presenting.prompt(visible(self.actor, "prompt", prompt.pk)))
