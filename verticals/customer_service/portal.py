from __future__ import annotations

from sunmao.answering.pages import portal_urls
from verticals.customer_service import service

urlpatterns = portal_urls(slug="customer_service", ask=service.ask)
