from __future__ import annotations

from django.urls import path

from apps.api.views import prompts as views

urlpatterns = [
    path("prompts", views.PromptsView.as_view()),
    path("prompts/preview", views.PromptPreviewView.as_view()),
    path("prompts/import", views.PromptImportView.as_view()),
    path("prompts/reviews/<str:review_id>/decision", views.PromptDecisionView.as_view()),
    path("prompts/cases/<str:case_id>", views.PromptCaseView.as_view()),
    path("prompts/tries/<str:run_id>", views.TryView.as_view()),
    path("prompts/optimisations/<str:optimisation_id>", views.OptimisationView.as_view()),
    path("prompts/<str:prompt_id>", views.PromptView.as_view()),
    path("prompts/<str:prompt_id>/draft", views.PromptDraftView.as_view()),
    path("prompts/<str:prompt_id>/versions", views.PromptVersionsView.as_view()),
    path("prompts/<str:prompt_id>/versions/<str:number>", views.PromptVersionView.as_view()),
    path("prompts/<str:prompt_id>/versions/<str:number>/restore", views.PromptVersionActionView.as_view()),
    path("prompts/<str:prompt_id>/versions/<str:number>/review", views.PromptReviewRequestView.as_view()),
    path("prompts/<str:prompt_id>/versions/<str:number>/comments", views.PromptCommentsView.as_view()),
    path("prompts/<str:prompt_id>/difference", views.PromptDifferenceView.as_view()),
    path("prompts/<str:prompt_id>/copy", views.PromptCopyView.as_view()),
    path("prompts/<str:prompt_id>/seed", views.PromptSeedView.as_view()),
    path("prompts/<str:prompt_id>/rules", views.PromptRulesView.as_view()),
    path("prompts/<str:prompt_id>/cases", views.PromptCasesView.as_view()),
    path("prompts/<str:prompt_id>/export", views.PromptExportView.as_view()),
    path("prompts/<str:prompt_id>/tries", views.TriesView.as_view()),
    path("prompts/<str:prompt_id>/optimisations", views.OptimisationsView.as_view()),
]
