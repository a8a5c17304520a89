"""Templates drawn with what views pass them."""

from __future__ import annotations

import re
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe

from sunmao.ui.icons import ICONS
from sunmao.ui.templatetags import ui_tags

STATUSES = (400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503, 507)


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


def drawn(source: str, **context: Any) -> str:
    return Template("{% load ui_tags %}" + source).render(Context(context))


def answer(**changes: Any) -> dict[str, Any]:
    return {
        "record_id": "r1",
        "kind_label": "Extract from the knowledge base",
        "outcome": "answered",
        "html": mark_safe('<p>Thirty days. <a class="cite" href="/passages/1/">1</a></p>'),  # noqa: S308
        "citations": [],
        "findings": [],
        "label": "Verbatim extract",
        "feedback_url": "/feedback/",
        "feedback": "",
        "seconds": 1.42,
        "knowledge_version": 12,
        "steps": [{"name": "Retrieve", "milliseconds": 84}],
        **changes,
    }


def citation(number: int) -> dict[str, Any]:
    return {
        "number": number,
        "title": f"Document {number}",
        "heading": "Part 1",
        "page": 3,
        "quote": "<b>Refunds</b>",
        "url": f"/passages/{number}/",
        "language": "en",
    }


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("template", ["ui/error.html", "ui/_error.html"])
def test_an_error_tells_what_happened_what_was_kept_and_what_to_do_without_a_request(
    status: int, template: str
) -> None:
    html = render_to_string(template, {"error": {"status": status, "code": "some_code", "message": ""}})
    told = re.search(r'<section class="(?:fault|failure)".*?</section>', html, re.DOTALL)
    assert told
    assert re.search(r"<h[13][^>]*>\s*\w", told[0])
    assert len(re.findall(r"<dd>\s*\w", told[0])) == 2


def test_an_error_without_any_detail_still_draws_a_page() -> None:
    assert "Error 500" in render_to_string("ui/error.html", {})


def test_the_message_of_an_error_is_its_headline_and_is_escaped() -> None:
    html = render_to_string("ui/_error.html", {"error": {"status": 404, "message": "No <such> file."}})
    assert html.count("No &lt;such&gt; file.") == 1


def test_the_passage_is_drawn_to_the_letter() -> None:
    parts = [
        {"text": "First line.\n", "highlight": False},
        {"text": "Second <line>.", "highlight": True},
        {"text": "\nThird.", "highlight": False},
    ]
    html = render_to_string("ui/_evidence.html", {"passage": {"language": "zh"}, "quote_parts": parts})
    assert '<p class="passage__text">First line.\n<mark>Second &lt;line&gt;.</mark>\nThird.</p>' in html
    assert 'lang="zh-Hans"' in html


def test_a_whole_document_marks_the_passage_once() -> None:
    parts = [
        {"text": "Before", "highlight": False, "id": "a"},
        {"text": "Here", "highlight": True, "id": "cited"},
    ]
    context = {
        "document": {"title": "Law", "language": "zh", "effective_from": date(2021, 1, 1)},
        "parts": parts,
    }
    html = render_to_string("ui/document.html", context)
    assert re.search(r'id="cited"[^>]*><mark>Here</mark></p>', html)
    assert html.count("<mark>") == 1


def test_an_answer_names_its_kind_label_sources_and_steps() -> None:
    shown = answer(citations=[citation(number) for number in range(1, 7)])
    html = render_to_string("ui/_answer.html", {"answer": shown})
    for text in ("Extract from the knowledge base", "Verbatim extract", "2 more sources", "1.4 s", "84 ms"):
        assert text in html
    assert html.count('class="footnote"') == 6
    assert "&lt;b&gt;Refunds" in html


@pytest.mark.parametrize(("outcome", "says"), [("unanswered", "Not found"), ("stopped", "Stopped by you")])
def test_an_answer_that_is_none_says_so(outcome: str, says: str) -> None:
    assert says in render_to_string("ui/_answer.html", {"answer": answer(outcome=outcome)})


def test_a_turn_on_its_way_listens_to_the_stream_and_can_be_stopped() -> None:
    turn = {"id": "t1", "question": "Why?", "pending": True, "stream_url": "/stream/", "stop_url": "/stop/"}
    html = render_to_string("ui/_turn.html", {"turn": turn})
    assert re.search(r'sse-connect="/stream/"\s+sse-close="close"', html)
    events = {name for names in re.findall(r'sse-swap="([\w,]+)"', html) for name in names.split(",")}
    assert events == {"step", "token", "citation", "finding", "confirmation", "done", "failed"}
    assert 'hx-post="/stop/"' in html
    # a draft that begins with white space would show it
    assert re.search(r"data-draft></div>", html)


def test_the_answer_to_a_post_carries_the_conversation() -> None:
    turn = {"id": "t1", "question": "Why?", "pending": True, "stream_url": "/s/", "stop_url": "/x/"}
    html = render_to_string("ui/_asked.html", {"turn": turn, "conversation_id": "c1"})
    assert re.search(r'id="conversation-id"[^>]*value="c1"[^>]*hx-swap-oob="true"', html)


@pytest.mark.parametrize("level", ui_tags.SEVERITIES)
def test_a_severity_is_a_word_and_a_shape_of_its_own(level: str) -> None:
    html = drawn("{% severity level %}", level=level)
    assert ui_tags.severity_word(level) in html
    assert ICONS[f"severity-{level}"] in html


def test_shapes_of_severities_differ() -> None:
    assert len({ICONS[f"severity-{level}"] for level in ui_tags.SEVERITIES}) == len(ui_tags.SEVERITIES)


def test_an_unknown_severity_or_icon_breaks_no_page() -> None:
    assert 'data-tone="info"' in drawn("{% severity level %}", level="dire")
    assert ICONS["dot"] in drawn("{% icon name %}", name="no-such-icon")


def test_an_icon_with_a_label_speaks_and_one_without_is_silent() -> None:
    assert 'role="img" aria-label="Save &lt;it&gt;"' in drawn(
        '{% icon "check" label=said %}', said="Save <it>"
    )
    assert 'aria-hidden="true"' in drawn('{% icon "check" %}')


class Form(forms.Form):
    name = forms.CharField(help_text="As on the contract.")
    side = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect, required=False)


def test_a_field_is_tied_to_its_help_and_its_error() -> None:
    html = drawn("{% field form.name %}", form=Form({}))
    control = re.search(r"<input[^>]*>", html)
    assert control
    for name in ("id_name-help", "id_name-error"):
        assert name in control[0]
        assert f'id="{name}"' in html
    assert 'aria-invalid="true"' in control[0]


def test_choices_are_grouped_under_a_legend() -> None:
    html = drawn("{% field form.side %}", form=Form())
    assert html.strip().startswith("<fieldset")
    assert "<legend" in html


@pytest.mark.parametrize(
    ("filtered", "expected"),
    [
        ("{{ 84|duration }}", "84 ms"),
        ("{{ 1420|duration }}", "1.4 s"),
        ("{{ nothing|duration }}", ""),
        ("{{ 1.42|seconds }}", "1.4 s"),
        ("{{ 37|share:120 }}", "31"),
        ("{{ 1|share:0 }}", "0"),
        ('{{ "zh"|language_tag }}', "zh-Hans"),
        ('{{ "fr"|language_tag }}', "fr"),
        ('{{ "contract"|accent }}', "contract"),
        ("{{ '\"><x'|accent }}", ""),
        ('{{ "zh"|in_other_language }}', "True"),
        ('{{ "en"|in_other_language }}', "False"),
    ],
)
def test_small_formats(filtered: str, expected: str) -> None:
    assert drawn(filtered, nothing=None) == expected


def test_the_current_business_line_is_marked(rf: Any) -> None:
    request = rf.get("/")
    request.actor = SimpleNamespace(name="Wang")
    request.organisation = SimpleNamespace(name="Example Group")
    portals = [
        {"slug": slug, "title": slug, "url": f"/{slug}/", "accent": slug, "icon": "chat", "description": ""}
        for slug in ("service", "medical")
    ]
    context = {"request": request, "portals": portals, "vertical": portals[1], "can_console": True}
    html = render_to_string("ui/_header.html", context)
    assert re.search(r'href="/medical/"[^>]*aria-current="page"', html)
    assert html.count('aria-current="page"') == 1
    assert "Example Group" in html
