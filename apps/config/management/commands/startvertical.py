"""`startvertical NAME`: the folder of a new vertical, with passing tests, and its line in the settings."""

from __future__ import annotations

import datetime
import keyword
import re
from pathlib import Path
from string import Template
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

SCAFFOLD = Path(__file__).resolve().parents[2] / "scaffold" / "vertical"


class Command(BaseCommand):
    help = "Make the folder of a new vertical and add its line to the settings."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="lower case, for example claims or claims_handling")
        parser.add_argument("--title", help="what people read; default: from the name")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["name"]
        root: Path = settings.BASE_DIR
        folder = root / "verticals" / slug
        if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", slug) or keyword.iskeyword(slug):
            raise CommandError(
                "The name must be a Python identifier in lower case, for example claims_handling."
            )
        if folder.exists():
            raise CommandError(f"verticals/{slug} exists already; nothing was changed.")
        make(folder, names_of(slug, options["title"]))
        enable(root / "apps" / "config" / "settings" / "__init__.py", slug)
        self.stdout.write(
            f"verticals/{slug} was made and enabled in apps/config/settings/__init__.py.\n"
            f"Run its tests:  python -m pytest verticals/{slug}\n"
            "Then `make run` seeds its base, its prompts and its release for the sample organisation."
        )


def names_of(slug: str, title: str | None) -> dict[str, str]:
    words = slug.split("_")
    return {
        "slug": slug,
        "title": title or " ".join(words).capitalize(),
        "class_name": "".join(word.capitalize() for word in words),
        "prefix": "".join(word[0] for word in words).upper() if len(words) > 1 else slug[:2].upper(),
        "address": slug.replace("_", "-"),
        "today": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def make(folder: Path, names: dict[str, str]) -> None:
    for source in sorted(SCAFFOLD.rglob("*.txt")):
        target = folder / source.relative_to(SCAFFOLD).with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Template(source.read_text(encoding="utf-8")).substitute(names), encoding="utf-8")


def enable(file: Path, slug: str) -> None:
    """Add the line to VERTICALS, after the last one."""
    text = file.read_text(encoding="utf-8")
    changed, count = re.subn(r"(VERTICALS = \[\n(?:    .*\n)*?)(\])", rf'\1    "{slug}",\n\2', text, count=1)
    if not count:
        raise CommandError("VERTICALS was not found in the settings; add the line yourself.")
    file.write_text(changed, encoding="utf-8")
