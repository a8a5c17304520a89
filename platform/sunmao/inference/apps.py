from __future__ import annotations

from django.apps import AppConfig


class InferenceConfig(AppConfig):
    name = "sunmao.inference"
    label = "inference"
