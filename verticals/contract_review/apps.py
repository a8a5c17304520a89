from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sunmao.core.vertical import Reviewer, Task, Vertical, VerticalConfig


class ContractReviewConfig(VerticalConfig):
    name = "verticals.contract_review"
    label = "contract_review"
    evaluations = {"contracts": "verticals.contract_review.evaluation.ContractsEvaluation"}
    vertical = Vertical(
        slug="contract_review",
        title=_("Contract review"),
        tagline=_("The contract handbook, and checks of a clause by fixed rules"),
        accent="contract",
        icon="contract",
        notice=_("Rules point out risks; a lawyer decides."),
        retention="contract",
        reviewer=Reviewer("lawyer", _("Lawyer")),
        tasks=(Task(name="ask", title=_("Ask a question"), rules="verticals.contract_review.domain.screen"),),
    )
