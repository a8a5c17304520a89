"""The web process: pages, the REST API and event streams."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")
os.environ.setdefault("SUNMAO_DB_POOL", "1")
os.environ.setdefault("SUNMAO_ACCESS_CACHE_SECONDS", "15")

from django.core.asgi import get_asgi_application  # noqa: E402  after the environment

from apps.config.bodies import BoundedBodies  # noqa: E402

application = BoundedBodies(get_asgi_application())
