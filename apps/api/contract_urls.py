"""Addresses about contracts; included by `apps.api.urls` where the business line is installed."""

from __future__ import annotations

from django.urls import path

from apps.api.views import contracts

urlpatterns = [
    path("contracts", contracts.ContractsView.as_view()),
    path("contracts/<str:contract_id>", contracts.ContractView.as_view()),
    path("contracts/<str:contract_id>/versions", contracts.ContractVersionsView.as_view()),
    path("contracts/<str:contract_id>/comparison", contracts.ComparisonView.as_view()),
    path("contract-reviews/<str:review_id>", contracts.ReviewView.as_view()),
    path("contract-reviews/<str:review_id>/again", contracts.ReviewAgainView.as_view()),
    path("contract-reviews/<str:review_id>/signature", contracts.SignatureView.as_view()),
    path("contract-reviews/<str:review_id>/export/<str:kind>", contracts.ReviewExportView.as_view()),
    path("contract-findings/<str:finding_id>/decision", contracts.DecisionView.as_view()),
    path("contract-batches", contracts.BatchesView.as_view()),
    path("contract-batches/<str:batch_id>", contracts.BatchView.as_view()),
    path("contract-batches/<str:batch_id>/stop", contracts.BatchStopView.as_view()),
    path("contract-batches/<str:batch_id>/go-on", contracts.BatchGoOnView.as_view()),
    path("contract-batches/<str:batch_id>/grid/<str:ending>", contracts.GridView.as_view()),
    path("contract-clauses", contracts.ClausesView.as_view()),
    path("contract-clauses/<str:clause_id>", contracts.ClauseView.as_view()),
    path("contract-playbooks", contracts.PlaybooksView.as_view()),
    path("contract-parameters", contracts.ParametersView.as_view()),
]
