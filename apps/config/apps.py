from __future__ import annotations

from django.apps import AppConfig


class CompositionConfig(AppConfig):
    name = "apps.config"
    label = "composition"
    evaluations = {
        "answers": "apps.config.evaluation.answers.case.AnswersEvaluation",
        "retrieval": "apps.config.evaluation.retrieval.case.RetrievalEvaluation",
        "tools": "apps.config.evaluation.tools.case.ToolsEvaluation",
    }

    def ready(self) -> None:
        # Tasks are sent from every process, so that every process needs the configured application.
        from apps.config import celery  # noqa: F401
