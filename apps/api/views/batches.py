"""Many readings at once: how far they are, why some failed, and one decision for all."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.base import DoorView
from apps.api.views.schemas import Shape, operation, path_id
from sunmao.core.resolving import visible
from sunmao.jobs import services as jobs
from sunmao.jobs.batches import progress_of
from sunmao.knowledge.reading import about, jobs_of_base

READ = "jobs.job.read"
BATCH = path_id("batch_id", "What the files of one upload, or of one look at a source, have in common.")
SLUG = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="A base's name.")
ACTION = OpenApiParameter("action", OpenApiTypes.STR, OpenApiParameter.PATH, enum=["cancel", "retry"])
UNKNOWN_BASE = {404: ("unknown_base",)}
VERBS: dict[str, Any] = {"cancel": jobs.cancel_all, "retry": jobs.retry_all}


class StatesSerializer(Shape):
    queued = serializers.IntegerField()
    running = serializers.IntegerField()
    succeeded = serializers.IntegerField()
    failed = serializers.IntegerField()
    cancelled = serializers.IntegerField()


class ReasonSerializer(Shape):
    code = serializers.CharField()
    message = serializers.CharField()
    count = serializers.IntegerField()


class BatchSerializer(Shape):
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    percent = serializers.IntegerField()
    states = StatesSerializer()
    reasons = ReasonSerializer(many=True, help_text="Why readings failed, the most frequent first.")


class ChangedSerializer(Shape):
    changed = serializers.IntegerField(help_text="How many jobs this was done to.")


def _told(found: QuerySet[Any]) -> Response:
    return Response(progress_of(found).as_dict())


class BatchView(DoorView):
    @operation("show_batch", gives={200: BatchSerializer}, parameters=[BATCH])
    def get(self, request: Request, batch_id: str) -> Response:
        with self.scope():
            return _told(visible(self.actor, "batch", batch_id, permission=READ))


class BatchActionView(DoorView):
    @operation(
        "cancel_or_retry_batch", gives={200: ChangedSerializer}, parameters=[BATCH, ACTION], writes=True
    )
    def post(self, request: Request, batch_id: str, action: str) -> Response:
        """`cancel` ends what has not ended, `retry` starts again what failed."""
        found = self.find("batch", batch_id, permission=f"jobs.job.{action}")
        changed = VERBS[action](actor=self.actor, jobs=found, subject=about(batch_id))
        return Response({"changed": changed})


class BaseProgressView(DoorView):
    @operation("show_base_progress", gives={200: BatchSerializer}, refuses=UNKNOWN_BASE, parameters=[SLUG])
    def get(self, request: Request, slug: str) -> Response:
        """The newest reading of every document of the base."""
        self.actor.require(READ)
        with self.scope():
            base = visible(self.actor, "base", slug, permission=READ)
            return _told(jobs_of_base(actor=self.actor, base=base))


class BaseActionView(DoorView):
    @operation(
        "cancel_or_retry_base",
        gives={200: ChangedSerializer},
        refuses=UNKNOWN_BASE,
        parameters=[SLUG, ACTION],
        writes=True,
    )
    def post(self, request: Request, slug: str, action: str) -> Response:
        """`cancel` ends every unfinished reading of the base, `retry` starts every failed one again."""
        permission = f"jobs.job.{action}"
        self.actor.require(permission)
        base = self.find("base", slug, permission=permission)
        found = jobs_of_base(actor=self.actor, base=base, permission=permission)
        changed = VERBS[action](actor=self.actor, jobs=found, subject=about(base.pk))
        return Response({"changed": changed})
