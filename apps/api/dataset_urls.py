"""Data sets, and the consent that conversations are trained on."""

from __future__ import annotations

from django.urls import path

from apps.api.views import datasets as views

_VERSION = "datasets/<str:slug>/versions/<int:number>"

urlpatterns = [
    path("datasets", views.DataSetsView.as_view()),
    path("datasets/examples/<str:row_id>", views.ExampleView.as_view()),
    path("datasets/examples/<str:row_id>/annotation", views.AnnotationView.as_view()),
    path("datasets/steps/<str:step_id>", views.StepView.as_view()),
    path("datasets/<str:slug>", views.DataSetView.as_view()),
    path("datasets/<str:slug>/examples", views.ExamplesView.as_view()),
    path("datasets/<str:slug>/queue", views.AnnotationQueueView.as_view()),
    path("datasets/<str:slug>/steps", views.StepsView.as_view()),
    path("datasets/<str:slug>/import", views.DataSetImportView.as_view()),
    path("datasets/<str:slug>/import/preview", views.DataSetPreviewView.as_view()),
    path("datasets/<str:slug>/difference", views.DataSetDifferenceView.as_view()),
    path("datasets/<str:slug>/versions", views.DataSetVersionsView.as_view()),
    path(_VERSION, views.DataSetVersionView.as_view()),
    path(f"{_VERSION}/statistics", views.DataSetStatisticsView.as_view()),
    path(f"{_VERSION}/removed", views.RemovedExamplesView.as_view()),
    path(f"{_VERSION}/freeze", views.DataSetFreezeView.as_view()),
    path(f"{_VERSION}/approval", views.DataSetApprovalView.as_view()),
    path(f"{_VERSION}/retirement", views.DataSetRetirementView.as_view()),
    path(f"{_VERSION}/restoration", views.DataSetRestorationView.as_view()),
    path(f"{_VERSION}/export", views.DataSetExportView.as_view()),
    path("conversations/<str:conversation_id>/training-consent", views.TrainingConsentView.as_view()),
]
