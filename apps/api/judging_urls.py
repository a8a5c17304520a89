"""Judges, rating rounds, and evaluations as files."""

from __future__ import annotations

from django.urls import path

from apps.api.views.ratings import (
    CalibrationsView,
    EvaluationComparisonView,
    EvaluationExportView,
    JudgesView,
    JudgeView,
    QuestionsView,
    RatersView,
    RatingView,
    RoundCloseView,
    RoundsView,
    RoundView,
    SheetView,
    WaitingRoundsView,
)

urlpatterns = [
    path("judges", JudgesView.as_view()),
    path("judges/<str:slug>", JudgeView.as_view()),
    path("judges/<str:slug>/calibrations", CalibrationsView.as_view()),
    path("rating-rounds", RoundsView.as_view()),
    path("waiting-rating-rounds", WaitingRoundsView.as_view()),
    path("rating-rounds/<str:round_id>", RoundView.as_view()),
    path("rating-rounds/<str:round_id>/raters", RatersView.as_view()),
    path("rating-rounds/<str:round_id>/close", RoundCloseView.as_view()),
    path("rating-rounds/<str:round_id>/sheet", SheetView.as_view()),
    path("rating-items/<str:item_id>", RatingView.as_view()),
    path("evaluations/<str:run_id>/export", EvaluationExportView.as_view()),
    path("evaluations/<str:run_id>/comparison", EvaluationComparisonView.as_view()),
    path("question-batches", QuestionsView.as_view()),
]
