"""Sunmao: prompts, adapters and knowledge joined into vertical applications."""

__version__ = "0.1.0"
