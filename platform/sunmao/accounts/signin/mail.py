"""Links by mail, where the installation has a mail server. Without one they are handed over by hand."""

from __future__ import annotations

import smtplib
import threading

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from sunmao.accounts.models import Organisation
from sunmao.accounts.signin.models import Invitation

log = structlog.get_logger(__name__)


def can_mail() -> bool:
    return bool(settings.EMAIL_HOST)


def invite_by_mail(invitation: Invitation, *, link: str) -> bool:
    """False when it did not leave: whoever invited has the link and hands it over."""
    if not invitation.email or not can_mail():
        return False
    organisation = Organisation.objects.get(pk=invitation.organisation_id).name
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Invitation to %(organisation)s") % {"organisation": organisation}
        text = _("%(organisation)s invites you. Open this link to accept; it works once: %(link)s") % {
            "organisation": organisation,
            "link": link,
        }
    return _send(invitation.email, subject, text)


def send_reset_later(*, email: str, link: str, language: str) -> None:
    """In a thread: how long a mail takes must not tell whether there is such a person."""
    with translation.override(language):
        subject = _("Choose a new password")
        asked = _("Somebody asked for a new password for your account. If it was you, open this link:")
    threading.Thread(target=_send, args=(email, subject, f"{asked} {link}"), daemon=True).start()


def _send(email: str, subject: str, text: str) -> bool:
    one_line = " ".join(subject.splitlines())
    try:
        return bool(EmailMessage(one_line, text, settings.DEFAULT_FROM_EMAIL, [email]).send())
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_not_sent", error=type(error).__name__)
        return False
