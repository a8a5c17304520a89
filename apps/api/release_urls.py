"""Releases, and the suites that they have to pass."""

from __future__ import annotations

from django.urls import path

from apps.api.views.releases import (
    ApprovalsView,
    ComparisonView,
    JudgementView,
    PromotionView,
    ReleaseExportView,
    ReleaseImportView,
    ReleaseRulesView,
    ReleasesView,
    ReleaseView,
    RollBackView,
    SplitEndView,
    SplitsView,
    SplitView,
)
from apps.api.views.suites import (
    CaseFromAnswerView,
    EvaluationsView,
    EvaluationView,
    SuiteCasesView,
    SuiteCaseView,
    SuitesView,
    SuiteView,
)

urlpatterns = [
    path("releases", ReleasesView.as_view()),
    path("releases/import", ReleaseImportView.as_view()),
    path("releases/rollback", RollBackView.as_view()),
    path("releases/<str:release_id>", ReleaseView.as_view()),
    path("releases/<str:release_id>/judgement", JudgementView.as_view()),
    path("releases/<str:release_id>/approvals", ApprovalsView.as_view()),
    path("releases/<str:release_id>/promotion", PromotionView.as_view()),
    path("releases/<str:release_id>/comparison", ComparisonView.as_view()),
    path("releases/<str:release_id>/export", ReleaseExportView.as_view()),
    path("releases/<str:release_id>/splits", SplitsView.as_view()),
    path("splits/<str:split_id>", SplitView.as_view()),
    path("splits/<str:split_id>/end", SplitEndView.as_view()),
    path("release-rules/<str:vertical>/<str:task>", ReleaseRulesView.as_view()),
    path("suites", SuitesView.as_view()),
    path("suites/cases/<str:case_id>", SuiteCaseView.as_view()),
    path("suites/<str:slug>", SuiteView.as_view()),
    path("suites/<str:slug>/cases", SuiteCasesView.as_view()),
    path("suites/<str:slug>/evaluations", EvaluationsView.as_view()),
    path("evaluations/<str:run_id>", EvaluationView.as_view()),
    path("records/<str:record_id>/case", CaseFromAnswerView.as_view()),
]
