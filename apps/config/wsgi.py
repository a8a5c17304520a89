"""The web process: JSON paths where streams are served elsewhere (see docs/guides/settings.md)."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")
os.environ.setdefault("SUNMAO_DB_POOL", "1")
os.environ.setdefault("SUNMAO_ACCESS_CACHE_SECONDS", "15")

from django.core.wsgi import get_wsgi_application  # noqa: E402  after the environment

application = get_wsgi_application()
