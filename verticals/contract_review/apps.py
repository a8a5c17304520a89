from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission
from sunmao.core.vertical import Reviewer, Task, Vertical, VerticalConfig
from sunmao.jobs.registry import JobKind

_OWN = ("contract_review.contract.write", "contract_review.review.run")
_ALL = (*_OWN, "contract_review.contract.read")
_DECIDE = (*_ALL, "contract_review.review.decide", "contract_review.review.sign")


class ContractReviewConfig(VerticalConfig):
    name = "verticals.contract_review"
    label = "contract_review"
    verbose_name = _("Contract review")
    personal_data = "verticals.contract_review.service.people.Contracts"
    stored_files = "verticals.contract_review.selectors.stored_files"
    training_examples = "verticals.contract_review.service.examples.accepted_rewrites"
    query_views = ("verticals.contract_review.query_views.FINDINGS",)
    evaluations = {"contracts": "verticals.contract_review.evaluation.ContractsEvaluation"}
    vertical = Vertical(
        slug="contract_review",
        title=_("Contract review"),
        tagline=_("Risks of a contract by fixed rules, with statutes, better clauses and a redline"),
        accent="contract",
        icon="contract",
        notice=_("Rules point out risks; a lawyer decides."),
        retention="contract",
        reviewer=Reviewer("lawyer", _("Lawyer"), permissions=(*_DECIDE, "contract_review.playbook.edit")),
        tasks=(
            Task(
                name="ask",
                title=_("Ask a question"),
                rules="verticals.contract_review.domain.screen",
                optional=("conversation_id", "base", "review_id"),
                verb="verticals.contract_review.tasks.ask_about",
                verb_field="review_id",
            ),
            Task(
                name="review",
                title=_("Review a contract"),
                prompt="review",
                required=("text",),
                optional=("side", "contract_type", "title", "as_of", "strictness"),
                screened="text",
                max_length=200_000,
                verb="verticals.contract_review.tasks.review",
                rehearsal="verticals.contract_review.service.rehearsing.rehearse",
            ),
        ),
    )
    permissions = (
        Permission("contract_review.contract.write", _("Upload contracts"), narrowable=True),
        Permission("contract_review.contract.read", _("See the contracts of everybody"), narrowable=True),
        Permission("contract_review.review.run", _("Have contracts reviewed"), narrowable=True),
        Permission("contract_review.review.decide", _("Decide about findings"), narrowable=True),
        Permission("contract_review.review.sign", _("Sign off reviews"), narrowable=True, for_keys=False),
        Permission(
            "contract_review.playbook.edit", _("Change rules, clauses and parameters"), narrowable=True
        ),
    )
    role_permissions = {
        "end_user": _OWN,
        "channel": _OWN,
        "agent": _OWN,
        "knowledge_editor": _OWN,
        "model_engineer": _OWN,
        "auditor": _ALL,
        "reviewer": _DECIDE,
    }
    resolvers = {
        "contract": "verticals.contract_review.selectors.resolve_contract",
        "contract_version": "verticals.contract_review.selectors.resolve_version",
        "contract_review": "verticals.contract_review.selectors.resolve_review",
        "contract_finding": "verticals.contract_review.selectors.resolve_finding",
        "contract_batch": "verticals.contract_review.selectors.resolve_batch",
        "contract_inquiry": "verticals.contract_review.selectors.resolve_inquiry",
        "contract_clause": "verticals.contract_review.selectors.resolve_clause",
        "contract_playbook": "verticals.contract_review.selectors.resolve_playbook",
    }
    job_kinds = (
        # Somebody waits for one contract; many at once must let others through.
        JobKind(
            name="contract_review.review",
            handler="verticals.contract_review.service.reviewing.work",
            queue="default",
            title=_("Review a contract"),
        ),
        JobKind(
            name="contract_review.batch",
            handler="verticals.contract_review.service.batches.work",
            queue="cpu",
            title=_("Review the next contract of a batch"),
        ),
        JobKind(
            name="contract_review.inquiry",
            handler="verticals.contract_review.service.inquiries.work",
            queue="default",
            title=_("Answer a question about a contract"),
        ),
    )
    audit_verbs = {
        "contract.received": _("Contract received"),
        "contract.removed": _("Contract removed"),
        "contract.downloaded": _("Contract downloaded"),
        "contract_review.begun": _("Review of a contract begun"),
        "contract_review.finished": _("Review of a contract finished"),
        "contract_review.failed": _("Review of a contract failed"),
        "contract_review.signed": _("Review of a contract signed off"),
        "contract_review.reopened": _("Review of a contract opened again"),
        "contract_review.exported": _("Review of a contract exported"),
        "contract_finding.decided": _("Finding decided"),
        "contract_batch.received": _("Batch of contracts received"),
        "contract_batch.stopped": _("Batch of contracts stopped"),
        "contract_batch.resumed": _("Batch of contracts taken up again"),
        "contract_batch.exported": _("Batch of contracts exported"),
        "contract_inquiry.answered": _("Question about a contract answered"),
        "contract_playbook.changed": _("Playbook changed"),
        "contract_parameter.entered": _("Dated parameter entered"),
        "contract_clause.changed": _("Clause library changed"),
    }
