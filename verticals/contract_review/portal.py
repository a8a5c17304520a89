from __future__ import annotations

from sunmao.answering.pages import portal_urls
from verticals.contract_review import service

urlpatterns = portal_urls(slug="contract_review", ask=service.ask)
