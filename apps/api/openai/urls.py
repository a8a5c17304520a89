"""Below /v1/."""

from __future__ import annotations

from django.urls import path, re_path

from apps.api.openai.views import ChatView, EmbeddingsView, MissingView, ModelsView, ModelView

urlpatterns = [
    path("chat/completions", ChatView.as_view()),
    path("embeddings", EmbeddingsView.as_view()),
    path("models", ModelsView.as_view()),
    path("models/<path:name>", ModelView.as_view()),
    re_path(r"^[\s\S]*$", MissingView.as_view()),
]
