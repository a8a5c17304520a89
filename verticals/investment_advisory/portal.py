from __future__ import annotations

from sunmao.answering.pages import portal_urls
from verticals.investment_advisory import service

urlpatterns = portal_urls(slug="investment_advisory", ask=service.ask)
