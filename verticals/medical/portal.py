from __future__ import annotations

from sunmao.answering.pages import portal_urls
from verticals.medical import service

urlpatterns = portal_urls(slug="medical", ask=service.ask)
