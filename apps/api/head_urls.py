"""Heads: what tells the label of a text."""

from __future__ import annotations

from django.urls import path, re_path

from apps.api.views.heads import (
    ClassifyView,
    HeadRollbackView,
    HeadsView,
    HeadVersionActionView,
    HeadVersionView,
    HeadView,
)

urlpatterns = [
    path("heads", HeadsView.as_view()),
    path("heads/versions/<str:version_name>", HeadVersionView.as_view()),
    re_path(
        r"^heads/versions/(?P<version_name>[^/]+)/(?P<action>activate|retire)$",
        HeadVersionActionView.as_view(),
    ),
    path("heads/<str:head_name>", HeadView.as_view()),
    path("heads/<str:head_name>/classify", ClassifyView.as_view()),
    path("heads/<str:head_name>/rollback", HeadRollbackView.as_view()),
]
