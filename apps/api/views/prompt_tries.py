"""What comes of prompts with a model: tries side by side, and searches for a better text."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import prompt_shapes as shapes
from apps.api.views.base import DoorView
from apps.api.views.given import list_of, mapping_of, object_of, text_of
from apps.api.views.prompt_shapes import INVALID, PROMPT, UNKNOWN, UNKNOWN_VERSION
from apps.api.views.schemas import operation, path_id
from sunmao.core.errors import InvalidInput
from sunmao.core.resolving import visible
from sunmao.evaluation.optimising import starting as optimising
from sunmao.evaluation.playground import starting
from sunmao.evaluation.playground.starting import Candidate
from sunmao.prompts import presenting, selectors
from sunmao.prompts.rights import EDIT, READ, TRY


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
        given = object_of(request.data)
        prompt = self.find("prompt", prompt_id, permission=TRY)
        numbers, names = (
            list_of(given, "versions", most=20),
            list_of(given, "engines", most=20) or ["default"],
        )
        with self.scope():
            found = [selectors.numbered(prompt, one) for one in numbers]
        candidates = [Candidate(one.source, one) for one in found]
        if source := text_of(given, "source"):
            candidates.append(Candidate(source))
        if not candidates and prompt.current:
            candidates.append(Candidate(prompt.current.source, prompt.current))
        run = starting.start(
            actor=self.actor,
            prompt=prompt,
            candidates=candidates,
            choices=[starting.choice_of(str(one)) for one in names],
            inputs=mapping_of(given, "inputs"),
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
        made = optimising.start(actor=self.actor, prompt=prompt, given=object_of(request.data))
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


def _numbers(given: Mapping[str, Any], *names: str) -> dict[str, Any]:
    found = {name: given[name] for name in names if name in given}
    for name, value in found.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidInput(fields={name: _("must be a number")})
        if name != "temperature" and value != int(value):
            raise InvalidInput(fields={name: _("must be a whole number")})
    return found


def _images(given: Mapping[str, Any]) -> dict[str, bytes]:
    images = mapping_of(given, "images") or {}
    try:
        return {str(name): base64.b64decode(text_of(images, name), validate=True) for name in images}
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(fields={"images": _("must be base64")}) from error
