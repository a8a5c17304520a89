"""The schema of the API is the same for everybody, and making it takes a second: it is made once."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView


@cache
def _made(language: str) -> Any:
    """`language` is the active one."""
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]


@cache
def _written(language: str) -> Any:
    return OpenApiYamlRenderer().render(_made(language))  # type: ignore[no-untyped-call]


def _language() -> str:
    """One of the interface, so that nobody who asks can make more be remembered; else nothing."""
    active = get_language() or ""
    return active if active in dict(settings.LANGUAGES) else ""


class Generator(SchemaGenerator):
    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        language = _language()
        if language and public and not (self.api_version or self.patterns or self.urlconf):
            return _made(language)
        return super().get_schema(request=request, public=public)  # type: ignore[no-untyped-call]


class Yaml(OpenApiYamlRenderer):
    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        language = _language()
        if language and data is _made(language):
            return _written(language)
        return super().render(data, accepted_media_type, renderer_context)  # type: ignore[no-untyped-call]


class SchemaView(SpectacularAPIView):
    authentication_classes: list[Any] = []
    generator_class = Generator
    renderer_classes = [Yaml, *SpectacularAPIView.renderer_classes[1:]]
