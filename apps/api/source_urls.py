"""Sources of documents, and many readings at once."""

from __future__ import annotations

from django.urls import path, re_path

from apps.api.views.batches import BaseActionView, BaseProgressView, BatchActionView, BatchView
from apps.api.views.sources import EntriesView, SourceActionView, SourcesView, SourceView

urlpatterns = [
    path("sources", SourcesView.as_view()),
    path("sources/<str:source_id>", SourceView.as_view()),
    path("sources/<str:source_id>/entries", EntriesView.as_view()),
    re_path(r"^sources/(?P<source_id>[^/]+)/(?P<action>refresh|pause|resume)$", SourceActionView.as_view()),
    path("batches/<str:batch_id>", BatchView.as_view()),
    re_path(r"^batches/(?P<batch_id>[^/]+)/(?P<action>cancel|retry)$", BatchActionView.as_view()),
    path("bases/<str:slug>/progress", BaseProgressView.as_view()),
    re_path(r"^bases/(?P<slug>[^/]+)/progress/(?P<action>cancel|retry)$", BaseActionView.as_view()),
]
