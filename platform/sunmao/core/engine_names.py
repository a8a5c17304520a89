"""How releases name engines; which class stands behind a name is the business of `inference`."""

from __future__ import annotations

DEFAULT = "default"
ENGINE_NAMES = (DEFAULT, "extractive", "openai", "transformers")
"""`default` is the engine that the settings name."""
