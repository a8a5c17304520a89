"""Template helpers of the look: icons, severities, form fields, small formats."""

from __future__ import annotations

from typing import Any

from django import template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, pgettext

from sunmao.ui.icons import FALLBACK, ICONS

register = template.Library()

SEVERITIES = ("critical", "high", "medium", "low", "info")
ACCENTS = ("service", "medical", "investment", "contract")
# What a language is called when a passage is in another one than the page.
TEXT_LANGUAGES = {"zh": "zh-Hans", "zh-hans": "zh-Hans", "zh-cn": "zh-Hans", "zh-hant": "zh-Hant"}


@register.simple_tag
def icon(name: str, size: int = 20, label: str = "", css: str = "") -> SafeString:
    """An inline icon. Decoration unless a label is given. An unknown name draws a dot, never an error."""
    drawing = mark_safe(ICONS.get(name) or ICONS[FALLBACK])  # noqa: S308  our own constants
    frame = (
        '<svg class="icon {}" width="{}" height="{}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="1.5" stroke-linecap="square" stroke-linejoin="miter" focusable="false" {}>{}</svg>'
    )
    if label:
        return format_html(frame, css, size, size, format_html('role="img" aria-label="{}"', label), drawing)
    return format_html(frame, css, size, size, mark_safe('aria-hidden="true"'), drawing)


def severity_word(severity: str) -> str:
    words = {
        "critical": pgettext("severity", "Critical"),
        "high": pgettext("severity", "High"),
        "medium": pgettext("severity", "Medium"),
        "low": pgettext("severity", "Low"),
        "info": pgettext("severity", "Note"),
    }
    return words.get(severity, words["info"])


@register.inclusion_tag("ui/components/badge.html")
def severity(level: Any, text: str = "") -> dict[str, str]:
    """Shape, word and colour together; never colour alone."""
    name = str(level or "info").lower()
    if name not in SEVERITIES:
        name = "info"
    return {"tone": name, "icon_name": f"severity-{name}", "text": text or severity_word(name)}


@register.filter
def accent(value: Any) -> str:
    """The accent of a vertical, or nothing when it names none that we have."""
    return value if value in ACCENTS else ""


@register.filter
def language_tag(value: Any) -> str:
    """`zh` → `zh-Hans`: what belongs into a `lang` attribute."""
    name = str(value or "").strip()
    return TEXT_LANGUAGES.get(name.lower(), name)


@register.filter
def in_other_language(value: Any) -> bool:
    """Whether a text is in another language than the page."""
    here = (get_language() or "").split("-")[0]
    there = str(value or "").lower().split("-")[0]
    return bool(there) and there != here


@register.filter
def language_name(value: Any) -> str:
    """The name of a text's language, in the reader's language."""
    name = str(value or "").lower()
    if name.startswith("zh"):
        return gettext("Chinese")
    if name.startswith("en"):
        return gettext("English")
    return str(value or "")


@register.filter
def duration(milliseconds: Any) -> str:
    """`84 ms`, `1.4 s`: two significant figures are enough to trust or to complain."""
    try:
        value = float(milliseconds)
    except (TypeError, ValueError):
        return ""
    if value < 1000:
        return gettext("%(number)s ms") % {"number": f"{value:.0f}"}
    return gettext("%(number)s s") % {"number": f"{value / 1000:.1f}"}


@register.filter
def seconds(value: Any) -> str:
    try:
        return duration(float(value) * 1000)
    except (TypeError, ValueError):
        return ""


@register.filter
def share(part: Any, whole: Any) -> int:
    """A whole percentage, kept inside 0 to 100."""
    try:
        return max(0, min(100, round(100 * float(part) / float(whole))))
    except (TypeError, ValueError, ZeroDivisionError):
        return 0


@register.inclusion_tag("ui/components/field.html")
def field(
    bound: BoundField, autocomplete: str = "", reveal: bool = False, focus: bool = False
) -> dict[str, Any]:
    """A form field with its label, help and errors, tied together for screen readers."""
    described = [f"{bound.auto_id}-help"] if bound.help_text else []
    attrs: dict[str, Any] = {}
    if bound.errors:
        described.append(f"{bound.auto_id}-error")
        attrs["aria-invalid"] = "true"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if autocomplete:
        attrs["autocomplete"] = autocomplete
    if focus:
        attrs["autofocus"] = True
    return {
        "bound": bound,
        "control": bound.as_widget(attrs=attrs),
        "kind": bound.widget_type,
        "tag": "fieldset" if bound.field.widget.use_fieldset else "div",
        "reveal": reveal,
    }
