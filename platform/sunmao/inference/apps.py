from __future__ import annotations

from django.apps import AppConfig


class InferenceConfig(AppConfig):
    name = "sunmao.inference"
    label = "inference"
    release_pins = {"tools": "sunmao.inference.tools.pins.offered"}
