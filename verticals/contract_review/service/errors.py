"""What can go wrong with contracts and their reviews."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Conflict, InvalidInput, Message, NotFound, UnreadableFile


class ContractUnreadable(UnreadableFile):
    code = "needs_ocr"
    default_message = _(
        "The file consists of pictures of pages, and no text recognition is installed. Nothing was reviewed."
    )
    messages: ClassVar[Mapping[str, Message]] = {
        "no_contract_text": _("There is no text in this file. Nothing was reviewed."),
        "contract_too_long": _("The contract is longer than can be reviewed at once. Nothing was reviewed."),
    }


class ReviewClosed(Conflict):
    code = "review_closed"
    default_message = _(
        "This review is not open for decisions. It is signed off, superseded or not finished."
    )


class DecidedMeanwhile(Conflict):
    code = "decided_meanwhile"
    default_message = _(
        "Somebody else decided about this finding in the meantime. Look at it and decide again."
    )


class CriticalFindingsOpen(Conflict):
    code = "critical_findings_open"
    default_message = _("Decide about every critical finding before you sign off.")


class AlreadySigned(Conflict):
    code = "already_signed"
    default_message = _("You have signed off this review already. Another person has to do it as well.")


class NotYetReviewed(Conflict):
    code = "review_not_finished"
    default_message = _("The review has not finished yet.")


class UnknownContract(NotFound):
    code = "unknown_contract"
    default_message = _("There is no such contract, or you may not see it.")


class InvalidDecision(InvalidInput):
    code = "invalid_decision"
    default_message = _("This decision is not complete.")


class InvalidPlaybook(InvalidInput):
    code = "invalid_playbook"
    default_message = _("The playbook has settings that no rule knows.")
