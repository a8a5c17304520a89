from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sunmao.core.vertical import Reviewer, Task, Vertical, VerticalConfig


class InvestmentAdvisoryConfig(VerticalConfig):
    name = "verticals.investment_advisory"
    label = "investment_advisory"
    vertical = Vertical(
        slug="investment_advisory",
        title=_("Investment advisory"),
        tagline=_("Product notes, risk levels and rules of sale, in lawful words"),
        accent="investment",
        icon="chart",
        notice=_(
            "Past performance does not predict the future. Products can lose money; "
            "this is not advice on a purchase."
        ),
        retention="investment",
        reviewer=Reviewer("adviser", _("Adviser")),
        tasks=(
            Task(name="ask", title=_("Ask a question"), rules="verticals.investment_advisory.domain.screen"),
        ),
    )
