from __future__ import annotations

from django.urls import path, re_path

from apps.api.views.knowledge import (
    BasesView,
    DocumentsView,
    DocumentView,
    JobActionView,
    JobView,
    PassageView,
)
from apps.api.views.missing import MissingView
from apps.api.views.qa import QaView
from apps.api.views.records import RecordView, UnansweredView
from apps.api.views.tasks import TaskView

urlpatterns = [
    path("qa", QaView.as_view()),
    path("tasks/<str:vertical>/<str:task>", TaskView.as_view()),
    path("bases", BasesView.as_view()),
    path("bases/<str:slug>/documents", DocumentsView.as_view()),
    path("documents/<str:document_id>", DocumentView.as_view()),
    path("jobs/<str:job_id>", JobView.as_view()),
    re_path(r"^jobs/(?P<job_id>[^/]+)/(?P<action>cancel|retry)$", JobActionView.as_view()),
    path("passages/<str:passage_id>", PassageView.as_view()),
    path("records/unanswered", UnansweredView.as_view()),
    path("records/<str:record_id>", RecordView.as_view()),
    re_path(r"^.*$", MissingView.as_view()),
]
