"""What people wrote about prompts. The texts of versions are the organisation's own; who wrote one goes with
its writer's key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.people import Erased, Kept, Part, Person
from sunmao.prompts.models import Comment, Draft, PlaygroundRun, PromptVersion, Review


class Prompts:
    def export(self, person: Person) -> Iterator[Part]:
        of: dict[str, Any] = {"person_key__in": person.key_ids}
        yield Part(
            name="prompt_versions",
            title=_("Prompts written"),
            rows=[
                {"id": one.pk, "prompt": str(one.prompt), "number": one.number, "source": one.source,
                 "note": one.note, "created_at": one.created_at}
                for one in PromptVersion.objects.filter(**of).select_related("prompt").order_by("pk")
            ],
        )  # fmt: skip
        yield Part(
            name="prompt_drafts",
            title=_("Drafts of prompts"),
            rows=[
                {"prompt": str(one.prompt), "source": one.source, "updated_at": one.updated_at}
                for one in Draft.objects.filter(**of).select_related("prompt")
            ],
        )
        yield Part(
            name="prompt_comments",
            title=_("Comments on prompts"),
            rows=[
                {
                    "version": str(one.version),
                    "line": one.line,
                    "text": one.text,
                    "created_at": one.created_at,
                }
                for one in Comment.objects.filter(**of).select_related("version__prompt")
            ],
        )
        decided = Review.objects.filter(decider_key__in=person.key_ids).select_related("version__prompt")
        yield Part(
            name="prompt_reviews",
            title=_("Reviews of prompts"),
            rows=[
                {"version": str(one.version), "state": one.state, "reason": one.reason,
                 "decided_at": one.decided_at}
                for one in decided
            ],
        )  # fmt: skip
        yield Part(
            name="playground",
            title=_("Prompts tried"),
            rows=[
                {"id": one.pk, "prompt": str(one.prompt), "inputs": one.inputs,
                 "answers": [cell.text for cell in one.cells.all()], "created_at": one.created_at}
                for one in PlaygroundRun.objects.filter(**of).select_related("prompt")
            ],
        )  # fmt: skip

    def erase(self, person: Person) -> Iterator[Erased]:
        going: dict[str, Any] = {"person_key__in": person.going}
        yield Erased(what=_("Drafts of prompts"), count=Draft.objects.filter(**going).delete()[0])
        yield Erased(what=_("Comments on prompts"), count=Comment.objects.filter(**going).delete()[0])
        runs = PlaygroundRun.objects.filter(**going)
        yield Erased(what=_("Prompts tried"), count=runs.count())
        runs.delete()

    def kept(self, person: Person) -> Iterator[Kept]:
        count = PromptVersion.objects.filter(person_key__in=person.key_ids).count()
        if count:
            why = _("They are the organisation's texts; who wrote them can no longer be read.")
            yield Kept(what=_("Prompts written"), count=count, why=why)
