"""Base models and adapters."""

from __future__ import annotations

from django.urls import path, re_path

from apps.api.views.models import (
    AdapterArchiveView,
    AdapterVersionActionView,
    AdapterVersionsView,
    AdapterVersionView,
    BaseModelActionView,
    BaseModelsView,
    BaseModelView,
    ModelUsageView,
)

urlpatterns = [
    path("models/usage", ModelUsageView.as_view()),
    path("models/bases", BaseModelsView.as_view()),
    path("models/bases/<str:base_name>", BaseModelView.as_view()),
    re_path(
        r"^models/bases/(?P<base_name>[^/]+)/(?P<action>read|keep|retire)$", BaseModelActionView.as_view()
    ),
    path("models/versions", AdapterVersionsView.as_view()),
    path("models/versions/<str:version_name>", AdapterVersionView.as_view()),
    path("models/versions/<str:version_name>/archive", AdapterArchiveView.as_view()),
    re_path(
        r"^models/versions/(?P<version_name>[^/]+)/(?P<action>parity|verify|pin|unpin|retire|remove)$",
        AdapterVersionActionView.as_view(),
    ),
]
