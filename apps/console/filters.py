"""Filters of lists that call business lines and their tasks what people call them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sunmao.core.vertical import installed


class VerticalFilter(admin.SimpleListFilter):
    title, parameter_name = _("business line"), "vertical"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(vertical.slug, str(vertical.title)) for vertical in installed()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


class TaskFilter(VerticalFilter):
    title, parameter_name = _("task"), "task"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [
            (f"{vertical.slug}.{task.name}", f"{vertical.title} · {task.title}")
            for vertical in installed()
            for task in vertical.tasks
        ]


__all__ = ["TaskFilter", "VerticalFilter"]
