"""Models for sound and pictures; one that is not named does not exist."""

from __future__ import annotations

from sunmao.core import env

SUNMAO_TRANSCRIPTION_MODEL = env.text("SUNMAO_TRANSCRIPTION_MODEL")
SUNMAO_SPEECH_MODEL = env.text("SUNMAO_SPEECH_MODEL")
SUNMAO_IMAGE_MODEL = env.text("SUNMAO_IMAGE_MODEL")
SUNMAO_IMAGE_STEPS = env.integer("SUNMAO_IMAGE_STEPS", 25)
SUNMAO_IMAGE_SIDE = env.integer("SUNMAO_IMAGE_SIDE", 1024)
SUNMAO_MEDIA_MARKS = env.boolean("SUNMAO_MEDIA_MARKS", True)
