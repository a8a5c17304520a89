from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission


class DialogueConfig(AppConfig):
    name = "sunmao.answering.dialogue"
    label = "dialogue"
    verbose_name = _("Conversations with models")
    personal_data = "sunmao.answering.dialogue.personal_data.Dialogues"
    permissions = (
        Permission("answering.model.chat", _("Talk to the models themselves"), narrowable=True),
        Permission("answering.text.embed", _("Have texts turned into vectors")),
        Permission(
            "answering.media.make",
            _("Have speech written down, texts spoken and pictures drawn"),
            narrowable=True,
        ),
    )
    audit_verbs = {
        "picture.made": _("Picture drawn by a model"),
        "sound.transcribed": _("Speech written down"),
        "speech.made": _("Text spoken by a model"),
        "text.embedded": _("Texts turned into vectors"),
    }
