"""What the product itself says inside an answer, in the language of the question."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

NOT_FOUND = _("No relevant knowledge was found")
WITHHELD = _(
    "The answer was withheld because it did not pass a check. Put the question differently, or ask a person."
)
NO_SUCH_ARTICLE = _("The knowledge bases do not contain %(reference)s.")
STILL_READING = _("Documents still being read in: %(count)d. Ask again in a moment.")

UI_LANGUAGE = {"zh": "zh-hans", "en": "en"}


def said(phrase: object, language: str) -> str:
    with translation.override(UI_LANGUAGE.get(language, settings.LANGUAGE_CODE)):
        return str(phrase)
