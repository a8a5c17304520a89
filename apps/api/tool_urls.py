"""Addresses about tools and what waits for a confirmation; included by `apps.api.urls`."""

from __future__ import annotations

from django.urls import path

from apps.api.views import tools

urlpatterns = [
    path("tools", tools.ToolsView.as_view()),
    path("actions", tools.ActionsView.as_view()),
    path("actions/<str:action_id>", tools.ActionView.as_view()),
    path("actions/<str:action_id>/confirm", tools.ConfirmView.as_view()),
    path("actions/<str:action_id>/cancel", tools.CancelView.as_view()),
]
