from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sunmao.core.vertical import Task, Vertical, VerticalConfig


class CustomerServiceConfig(VerticalConfig):
    name = "verticals.customer_service"
    label = "customer_service"
    vertical = Vertical(
        slug="customer_service",
        title=_("Customer service"),
        tagline=_("Answers about orders, delivery, returns and warranty, each with its source"),
        accent="service",
        icon="chat",
        notice=_(
            "Answers quote the company's own policies. For an urgent safety problem call the service line."
        ),
        tasks=(
            Task(name="ask", title=_("Ask a question"), rules="verticals.customer_service.domain.screen"),
        ),
    )
