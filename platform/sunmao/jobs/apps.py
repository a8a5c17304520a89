from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission
from sunmao.jobs.registry import JobKind


class JobsConfig(AppConfig):
    name = "sunmao.jobs"
    label = "jobs"
    verbose_name = _("Jobs")
    personal_data = "sunmao.jobs.personal_data.Jobs"
    audit_verbs = {
        "job.cancelled": _("Job cancelled"),
        "job.retried": _("Job started again"),
        "jobs.cancelled": _("Jobs cancelled together"),
        "jobs.retried": _("Failed jobs started again"),
        "encryption.renewal_started": _("Renewal of encryption started"),
        "encryption.renewed": _("Encryption renewed"),
        "encryption_key.added": _("Encryption key added"),
        "encryption_key.made_current": _("Encryption key made current"),
        "encryption_key.retired": _("Encryption key retired"),
    }
    # It goes on where it ended, so that many attempts do no harm.
    job_kinds = (
        JobKind(
            name="jobs.renew_seals",
            handler="sunmao.jobs.renewal.work",
            queue="cpu",
            max_attempts=20,
            title=_("Renew encryption"),
        ),
    )
    permissions = (
        Permission("jobs.job.read", _("See jobs"), narrowable=True),
        Permission("jobs.job.cancel", _("Cancel jobs"), narrowable=True),
        Permission("jobs.job.retry", _("Start jobs again"), narrowable=True),
    )
