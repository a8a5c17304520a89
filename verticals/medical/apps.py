from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sunmao.core.vertical import Reviewer, Task, Vertical, VerticalConfig


class MedicalConfig(VerticalConfig):
    name = "verticals.medical"
    label = "medical"
    vertical = Vertical(
        slug="medical",
        title=_("Medical"),
        tagline=_("Patient information and warning signs; it informs and does not diagnose"),
        accent="medical",
        icon="stethoscope",
        notice=_("This is information, not a diagnosis. In an emergency call 120 at once."),
        retention="medical_process",
        reviewer=Reviewer("clinician", _("Clinician")),
        tasks=(Task(name="ask", title=_("Ask a question"), rules="verticals.medical.domain.screen"),),
    )
