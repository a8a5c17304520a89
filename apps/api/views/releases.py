"""Releases: compose, judge, approve, promote, split, compare, carry and roll back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import shapes
from apps.api.views.base import DoorView
from apps.api.views.given import object_of, only, said_of, text_of
from apps.api.views.schemas import JobSerializer, Shape, operation, path_id
from sunmao.core.errors import InvalidInput
from sunmao.core.vertical import find_task
from sunmao.evaluation.gates import archive, judging, promoting
from sunmao.evaluation.live import tripwires
from sunmao.evaluation.live.readout import readout
from sunmao.releases import comparing, composing, presenting, selectors, splitting
from sunmao.releases.judging import decide
from sunmao.releases.promoting import roll_back

PAGE = 100
RELEASE = path_id("release_id", "A release's id.")
SPLIT = path_id("split_id", "A split's id.")
TASK = OpenApiParameter("task", OpenApiTypes.STR, description="Of this task alone, as `vertical.task`.")
WITH = OpenApiParameter(
    "with",
    OpenApiTypes.STR,
    required=True,
    description="The other release: its id, or `vertical.task@number`.",
)
VERTICAL = OpenApiParameter("vertical", OpenApiTypes.STR, OpenApiParameter.PATH)
NAME = OpenApiParameter("task", OpenApiTypes.STR, OpenApiParameter.PATH)
UNKNOWN = {404: ("unknown_release",)}
NOT_READY = ("not_judged", "gate_failed", "no_candidate", "rejected", "not_approved", "gate_stale")
STATES = "^(candidate|passed|serving|retired|failed)$"


class ReleaseBriefSerializer(Shape):
    id = serializers.UUIDField()
    task = serializers.CharField()
    number = serializers.IntegerField()
    state = serializers.RegexField(STATES)
    seeded = serializers.BooleanField()
    note = serializers.CharField(allow_blank=True)
    parent = serializers.IntegerField(  # type: ignore[assignment]
        allow_null=True, help_text="The number of the release it is made from."
    )
    created_at = serializers.DateTimeField()


class ReleasesSerializer(Shape):
    releases = ReleaseBriefSerializer(many=True)
    more = serializers.BooleanField()


class GateReportSerializer(Shape):
    passed = serializers.BooleanField()
    baseline = serializers.IntegerField(allow_null=True)
    reasons = serializers.ListField(child=serializers.DictField())
    suites = serializers.ListField(child=serializers.DictField())
    created_at = serializers.DateTimeField()


class ApprovalSerializer(Shape):
    by = serializers.CharField()
    verdict = serializers.RegexField("^(approved|rejected)$")
    note = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class ShiftSerializer(Shape):
    kind = serializers.RegexField("^(promoted|rolled_back|tripped)$")
    release = serializers.IntegerField()
    before = serializers.IntegerField(allow_null=True)
    by = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class ReleaseSerializer(ReleaseBriefSerializer):
    engine = serializers.CharField()
    prompts = serializers.DictField(child=serializers.CharField())
    bases = serializers.DictField(help_text="A base's slug and its version, or `latest`.")
    adapter = serializers.UUIDField(allow_null=True, help_text="An adapter version; null for none.")
    retrieval = serializers.DictField()
    guards = serializers.DictField(help_text="The guards it was made under.")
    tools = serializers.DictField(help_text="The tools of its task, with digests of their shapes.")
    gate = GateReportSerializer(allow_null=True)
    approvals = ApprovalSerializer(many=True)
    blocked = serializers.CharField(allow_null=True, help_text="The code of what keeps it from serving.")
    served = ShiftSerializer(many=True)


class ImportedReleaseSerializer(ReleaseSerializer):
    remarks = serializers.ListField(child=serializers.DictField())


class SplitSerializer(Shape):
    id = serializers.UUIDField()
    task = serializers.CharField()
    mode = serializers.RegexField("^(ab|canary|shadow)$")
    release = serializers.IntegerField()
    control = serializers.IntegerField()
    share = serializers.IntegerField()
    ending = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    figures = serializers.DictField(help_text="How both releases do; of a shadow, how it would do.")


class ReleaseDifferenceSerializer(Shape):
    old = serializers.DictField()
    new = serializers.DictField()
    plain = serializers.ListField(child=serializers.DictField())
    prompts = serializers.ListField(child=serializers.DictField())
    bases = serializers.ListField(child=serializers.DictField())
    figures = serializers.ListField(child=serializers.DictField())


class ReleaseRulesSerializer(Shape):
    four_eyes = serializers.BooleanField()
    tripwires = serializers.DictField()


class NewReleaseSerializer(Shape):
    task = serializers.CharField()
    parent = serializers.CharField(  # type: ignore[assignment]
        required=False, help_text="Of whose pins it is made; else what serves."
    )
    changes = serializers.DictField(required=False, help_text="engine, adapter, prompts, bases, retrieval")
    note = serializers.CharField(required=False, allow_blank=True)


class NewApprovalSerializer(Shape):
    verdict = serializers.CharField()
    note = serializers.CharField(required=False, allow_blank=True)


class ReleaseReasonSerializer(Shape):
    reason = serializers.CharField(required=False, allow_blank=True)


class NewSplitSerializer(Shape):
    mode = serializers.CharField()
    share = serializers.IntegerField()


class RollbackSerializer(Shape):
    task = serializers.CharField()
    to = serializers.CharField(required=False)
    reason = serializers.CharField(required=False, allow_blank=True)


class ReleasesView(DoorView):
    @operation(
        "list_releases", gives={200: ReleasesSerializer}, refuses={404: ("unknown_task",)}, parameters=[TASK]
    )
    def get(self, request: Request) -> Response:
        """The newest hundred releases, of all tasks or of one."""
        self.actor.require(selectors.READ)
        with self.scope():
            found = selectors.releases_visible_to(self.actor).order_by("-created_at", "-id")
            if named := request.query_params.get("task"):
                vertical, task = find_task(named)
                found = found.filter(vertical=vertical.slug, task=task.name)
            page = [presenting.brief(one) for one in found[: PAGE + 1]]
        return Response({"releases": page[:PAGE], "more": len(page) > PAGE})

    @operation(
        "compose_release",
        takes=NewReleaseSerializer,
        gives={201: ReleaseSerializer},
        refuses={
            404: ("unknown_task", "unknown_release", "unknown_base", "unknown_prompt_version"),
            400: ("unknown_version",),
            409: ("nothing_changed",),
        },
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """A candidate from the release that serves, or from another, with changes to its pins."""
        self.actor.require(composing.COMPOSE)
        given = object_of(request.data)
        only(given, "task", "parent", "changes", "note")
        parent, changes = text_of(given, "parent"), given.get("changes", {})
        if not isinstance(changes, Mapping):
            raise InvalidInput(fields={"changes": _("must be an object")})
        made = composing.compose(
            actor=self.actor,
            task_name=text_of(given, "task"),
            changes=changes,
            parent=self.find("release", parent, permission=composing.COMPOSE) if parent else None,
            note=text_of(given, "note"),
        )
        return Response(whole(self, made), status=201)


def whole(view: DoorView, release: Any) -> dict[str, Any]:
    with view.scope():
        release.refresh_from_db()
        return presenting.whole(release)


class ReleaseView(DoorView):
    @operation("show_release", gives={200: ReleaseSerializer}, refuses=UNKNOWN, parameters=[RELEASE])
    def get(self, request: Request, release_id: str) -> Response:
        """Its pins, what its gate and people said, and why it may not serve, if it may not."""
        self.actor.require(selectors.READ)
        return Response(whole(self, self.find("release", release_id)))


class JudgementView(DoorView):
    @operation(
        "judge_release",
        gives={202: JobSerializer},
        refuses={**UNKNOWN, 409: ("no_candidate", "gate_running", "cannot_rehearse")},
        parameters=[RELEASE],
        writes=True,
    )
    def post(self, request: Request, release_id: str) -> Response:
        """Have the gate judge a candidate: every suite of its task, on it and on the one that serves."""
        self.actor.require(composing.COMPOSE)
        release = self.find("release", release_id, permission=composing.COMPOSE)
        return Response(shapes.job(judging.request(actor=self.actor, release=release)), status=202)


class ApprovalsView(DoorView):
    @operation(
        "decide_about_release",
        takes=NewApprovalSerializer,
        gives={201: ReleaseSerializer},
        refuses={
            **UNKNOWN,
            409: (
                "no_candidate",
                "own_release",
                "already_decided",
                "not_a_person",
                "not_judged",
                "gate_failed",
            ),
        },
        parameters=[RELEASE],
        writes=True,
    )
    def post(self, request: Request, release_id: str) -> Response:
        """A person's word on a release: `approved` or `rejected`."""
        self.actor.require("releases.release.approve")
        release = self.find("release", release_id, permission="releases.release.approve")
        given = object_of(request.data)
        decide(
            actor=self.actor,
            release=release,
            verdict=text_of(given, "verdict"),
            note=text_of(given, "note"),
        )
        return Response(whole(self, release), status=201)


class PromotionView(DoorView):
    @operation(
        "promote_release",
        takes=ReleaseReasonSerializer,
        gives={200: ReleaseSerializer},
        refuses={**UNKNOWN, 409: NOT_READY},
        parameters=[RELEASE],
        writes=True,
    )
    def post(self, request: Request, release_id: str) -> Response:
        """Let it serve from the next question on."""
        self.actor.require("releases.release.promote")
        release = self.find("release", release_id, permission="releases.release.promote")
        reason = text_of(object_of(request.data), "reason")
        promoting.promote(actor=self.actor, release=release, reason=reason)
        return Response(whole(self, release))


class RollBackView(DoorView):
    @operation(
        "roll_back_release",
        takes=RollbackSerializer,
        gives={200: ReleaseSerializer},
        refuses={
            404: ("unknown_release", "unknown_task", "no_earlier_release"),
            409: ("already_serving", "never_served"),
        },
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """An earlier release of a task serves again at once: the one before, or `to`."""
        self.actor.require("releases.release.promote")
        given = object_of(request.data)
        vertical, task = find_task(text_of(given, "task"))
        to = text_of(given, "to")
        shift = roll_back(
            actor=self.actor,
            task=(vertical.slug, task.name),
            to=self.find("release", to, permission="releases.release.promote") if to else None,
            reason=text_of(given, "reason"),
        )
        return Response(whole(self, shift.release))


class ComparisonView(DoorView):
    @operation(
        "compare_releases",
        gives={200: ReleaseDifferenceSerializer},
        refuses=UNKNOWN,
        parameters=[RELEASE, WITH],
    )
    def get(self, request: Request, release_id: str) -> Response:
        """What differs from another release of the task, in words and in figures."""
        self.actor.require(selectors.READ)
        new = self.find("release", release_id)
        old = self.find("release", request.query_params.get("with", ""))
        with self.scope():
            return Response(comparing.compare(old=old, new=new))


class ReleaseExportView(DoorView):
    @operation(
        "export_release",
        gives={200: OpenApiTypes.OBJECT},
        refuses=UNKNOWN,
        parameters=[RELEASE],
        writes=True,
    )
    def post(self, request: Request, release_id: str) -> Response:
        """The release as one JSON object that another installation can import."""
        self.actor.require(selectors.READ)
        return Response(archive.export(actor=self.actor, release=self.find("release", release_id)))


class ReleaseImportView(DoorView):
    @operation(
        "import_release",
        takes=OpenApiTypes.OBJECT,
        gives={201: ImportedReleaseSerializer},
        refuses={
            400: (
                "invalid_release_file",
                "adapter_missing",
                "invalid_prompt",
                "invalid_case",
                "invalid_check",
            ),
            404: ("unknown_base", "unknown_task", "unknown_release"),
            409: ("nothing_changed",),
        },
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """A candidate from an exported release. It has to pass the gate here before it can serve."""
        self.actor.require(composing.COMPOSE)
        release, remarks = archive.bring_in(actor=self.actor, given=request.data)
        return Response({**whole(self, release), "remarks": remarks}, status=201)


class SplitsView(DoorView):
    @operation(
        "start_split",
        takes=NewSplitSerializer,
        gives={201: SplitSerializer},
        refuses={**UNKNOWN, 409: (*NOT_READY, "split_open", "no_release")},
        parameters=[RELEASE],
        writes=True,
    )
    def post(self, request: Request, release_id: str) -> Response:
        """This release beside the one that serves: for a share of the askers, or unseen in the shadow."""
        self.actor.require("releases.release.promote")
        release = self.find("release", release_id, permission="releases.release.promote")
        given = object_of(request.data)
        share: Any = given.get("share")
        made = promoting.start_split(
            actor=self.actor, release=release, mode=text_of(given, "mode"), share=share
        )
        return Response(split_of(self, made.pk), status=201)


def split_of(view: DoorView, split_id: object) -> dict[str, Any]:
    with view.scope():
        split = selectors.resolve_split(actor=view.actor, reference=split_id)
        return {**presenting.split(split), "figures": readout(split)}


class SplitView(DoorView):
    @operation(
        "show_split", gives={200: SplitSerializer}, refuses={404: ("unknown_split",)}, parameters=[SPLIT]
    )
    def get(self, request: Request, split_id: str) -> Response:
        """How both releases do, and whether they differ by more than chance."""
        self.actor.require(selectors.READ)
        return Response(split_of(self, split_id))


class SplitEndView(DoorView):
    @operation(
        "end_split",
        takes=ReleaseReasonSerializer,
        gives={200: SplitSerializer},
        refuses={404: ("unknown_split",), 409: ("split_ended",)},
        parameters=[SPLIT],
        writes=True,
    )
    def post(self, request: Request, split_id: str) -> Response:
        """Everybody meets the release that serves again."""
        self.actor.require("releases.release.promote")
        split = self.find("split", split_id, permission="releases.release.promote")
        splitting.end_split(actor=self.actor, split=split, reason=text_of(object_of(request.data), "reason"))
        return Response(split_of(self, split_id))


class ReleaseRulesView(DoorView):
    @operation(
        "show_release_rules",
        gives={200: ReleaseRulesSerializer},
        refuses={404: ("unknown_task",)},
        parameters=[VERTICAL, NAME],
    )
    def get(self, request: Request, vertical: str, task: str) -> Response:
        """Whether a second person must approve, and the limits that take a release back."""
        self.actor.require(selectors.READ)
        return Response(self._rules(vertical, task))

    @operation(
        "change_release_rules",
        takes=ReleaseRulesSerializer,
        gives={200: ReleaseRulesSerializer},
        refuses={404: ("unknown_task",)},
        parameters=[VERTICAL, NAME],
        writes=True,
    )
    def put(self, request: Request, vertical: str, task: str) -> Response:
        """What is left out stays."""
        self.actor.require(tripwires.RULES)
        given = object_of(request.data)
        four_eyes, wires = said_of(given, {"four_eyes": bool}).get("four_eyes"), given.get("tripwires")
        if wires is not None and not isinstance(wires, Mapping):
            raise InvalidInput(fields={"tripwires": _("must be an object")})
        tripwires.change_rules(
            actor=self.actor, task_name=f"{vertical}.{task}", four_eyes=four_eyes, tripwires=wires
        )
        return Response(self._rules(vertical, task))

    def _rules(self, vertical: str, task: str) -> dict[str, Any]:
        line, named = find_task(f"{vertical}.{task}")
        with self.scope():
            rules = selectors.rules_of(vertical=line.slug, task=named.name)
        return {"four_eyes": rules.four_eyes, "tripwires": rules.tripwires}


__all__ = [
    "ApprovalsView",
    "ComparisonView",
    "JudgementView",
    "PromotionView",
    "ReleaseExportView",
    "ReleaseImportView",
    "ReleaseRulesView",
    "ReleaseView",
    "ReleasesView",
    "RollBackView",
    "SplitEndView",
    "SplitView",
    "SplitsView",
]
