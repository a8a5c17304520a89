"""What a prompt has to get right, and a prompt with it as one object."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import prompt_shapes as shapes
from apps.api.views.base import DoorView
from apps.api.views.given import mapping_of, object_of, text_of
from apps.api.views.prompt_shapes import INVALID, PROMPT, UNKNOWN
from apps.api.views.schemas import operation, path_id
from sunmao.core.resolving import visible
from sunmao.prompts import cases, exchange, presenting
from sunmao.prompts.rights import EDIT, READ


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
        given = object_of(request.data)
        made = cases.save_case(
            actor=self.actor,
            prompt=self.find("prompt", prompt_id, permission=EDIT),
            name=text_of(given, "name"),
            inputs=mapping_of(given, "inputs") or {},
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
