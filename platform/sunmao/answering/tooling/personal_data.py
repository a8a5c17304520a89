"""What the platform keeps of the tools that were called for a person."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from sunmao.answering.tooling.models import ToolUse
from sunmao.core.people import Erased, Kept, Part, Person


class Used:
    def export(self, person: Person) -> Iterator[Part]:
        rows = [
            {
                "id": str(use.pk),
                "tool": use.tool,
                "effect": use.effect,
                "state": use.state,
                "arguments": use.arguments,
                "result": use.result,
                "created_at": use.created_at.isoformat(),
            }
            for use in ToolUse.objects.filter(person_key__in=person.key_ids).order_by("created_at", "id")
        ]
        yield Part(name="tool_calls", title=_("Tool calls"), rows=rows)

    def erase(self, person: Person) -> Iterator[Erased]:
        """Rows of answers that must be kept are kept with them, unreadable."""
        going = ToolUse.objects.filter(person_key__in=person.key_ids)
        yield Erased(what=_("Tool calls"), count=going.filter(exchange=None).delete()[0])

    def kept(self, person: Person) -> Iterator[Kept]:
        return iter(())
