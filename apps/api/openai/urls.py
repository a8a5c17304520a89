"""Below /v1/."""

from __future__ import annotations

from django.urls import path, re_path

from apps.api.openai.media import ImagesView, SpeechView, TranscriptionsView
from apps.api.openai.views import ChatView, EmbeddingsView, MissingView, ModelsView, ModelView

urlpatterns = [
    path("audio/speech", SpeechView.as_view()),
    path("audio/transcriptions", TranscriptionsView.as_view()),
    path("chat/completions", ChatView.as_view()),
    path("embeddings", EmbeddingsView.as_view()),
    path("images/generations", ImagesView.as_view()),
    path("models", ModelsView.as_view()),
    path("models/<path:name>", ModelView.as_view()),
    re_path(r"^[\s\S]*$", MissingView.as_view()),
]
