from __future__ import annotations

from django.urls import path

from apps.api.views import prompt_cases, prompt_tries, prompts

urlpatterns = [
    path("prompts", prompts.PromptsView.as_view()),
    path("prompts/preview", prompts.PromptPreviewView.as_view()),
    path("prompts/import", prompt_cases.PromptImportView.as_view()),
    path("prompts/reviews/<str:review_id>/decision", prompts.PromptDecisionView.as_view()),
    path("prompts/cases/<str:case_id>", prompt_cases.PromptCaseView.as_view()),
    path("prompts/tries/<str:run_id>", prompt_tries.TryView.as_view()),
    path("prompts/optimisations/<str:optimisation_id>", prompt_tries.OptimisationView.as_view()),
    path("prompts/<str:prompt_id>", prompts.PromptView.as_view()),
    path("prompts/<str:prompt_id>/draft", prompts.PromptDraftView.as_view()),
    path("prompts/<str:prompt_id>/versions", prompts.PromptVersionsView.as_view()),
    path("prompts/<str:prompt_id>/versions/<str:number>", prompts.PromptVersionView.as_view()),
    path("prompts/<str:prompt_id>/versions/<str:number>/restore", prompts.PromptVersionActionView.as_view()),
    path("prompts/<str:prompt_id>/versions/<str:number>/review", prompts.PromptReviewRequestView.as_view()),
    path("prompts/<str:prompt_id>/versions/<str:number>/comments", prompts.PromptCommentsView.as_view()),
    path("prompts/<str:prompt_id>/difference", prompts.PromptDifferenceView.as_view()),
    path("prompts/<str:prompt_id>/copy", prompts.PromptCopyView.as_view()),
    path("prompts/<str:prompt_id>/seed", prompts.PromptSeedView.as_view()),
    path("prompts/<str:prompt_id>/rules", prompts.PromptRulesView.as_view()),
    path("prompts/<str:prompt_id>/cases", prompt_cases.PromptCasesView.as_view()),
    path("prompts/<str:prompt_id>/export", prompt_cases.PromptExportView.as_view()),
    path("prompts/<str:prompt_id>/tries", prompt_tries.TriesView.as_view()),
    path("prompts/<str:prompt_id>/optimisations", prompt_tries.OptimisationsView.as_view()),
]
