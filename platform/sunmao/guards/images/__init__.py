"""Faces and identifiers in pictures: blurred or refused. Only workers import it."""

from __future__ import annotations

from sunmao.guards.images.protecting import ProtectedImage, protect_image

__all__ = ["ProtectedImage", "protect_image"]
