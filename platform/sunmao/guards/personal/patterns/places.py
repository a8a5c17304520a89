"""Provinces and prefecture-level cities: where a Chinese address may begin."""

from __future__ import annotations

from sunmao.guards.personal.patterns.lexicon import words

PROVINCES = words("provinces")
CITIES = words("cities")

__all__ = ["CITIES", "PROVINCES"]
