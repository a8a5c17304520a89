"""`ingest BASE PATH…`: read files and folders into a base, with the state and the reason of every file."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from sunmao.accounts.command import actor_from
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.core.errors import Conflict, NotFound, SunmaoError, UnreadableFile
from sunmao.knowledge import selectors, services
from sunmao.knowledge.models import Document, KnowledgeBase
from sunmao.knowledge.text.parsing import SUPPORTED_EXTENSIONS
from sunmao.knowledge.versions.dates import Dates, parse_dates

POLL_SECONDS = 0.2
CHUNK = 1 << 20


class SameName(Conflict):
    code = "duplicate_name"
    default_message = _lazy("Another file of this run has the same name. Ingest it on its own or rename it.")


class CannotOpen(UnreadableFile):
    code = "cannot_open"


@dataclass
class File:
    """A file on the command line and what became of it."""

    path: Path
    folder: tuple[str, ...] = ()
    document: Document | None = None
    outcome: str = ""
    error: SunmaoError | None = None
    inside: bool = False

    @property
    def label(self) -> str:
        if self.inside:
            return str(self.path)
        return services.label_of(self.path.name, self.folder)

    @property
    def state(self) -> str:
        if self.error or self.document is None:
            return "failed"
        return "unchanged" if self.outcome == "unchanged" else _shown(self.document.state)

    @property
    def reason(self) -> str:
        if self.error:
            return str(self.error.message)
        return self.document.job.error_text if self.document and self.document.job else ""

    def as_dict(self) -> dict[str, Any]:
        job = self.document.job if self.document else None
        current = self.document.current if self.document else None
        return {
            "file": self.label,
            "state": self.state,
            "code": self.error.code if self.error else job.error_code if job else "",
            "reason": self.reason,
            "passages": job.result.get("passages", 0) if job else 0,
            "units": current.counts if current else {},
            "encoding": current.encoding if current else "",
        }


def _shown(state: str) -> str:
    return {"succeeded": "ready"}.get(state, state)


class Command(StackCommand):
    help = "Read files or folders into a knowledge base and wait until every one is ready or has a reason."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("base")
        parser.add_argument("paths", nargs="+", metavar="PATH", type=Path)
        parser.add_argument("--existing", action="store_true", help="fail when the base does not exist")
        parser.add_argument("--effective-from", metavar="DAY", help="in force from this day (2026-01-31)")
        parser.add_argument("--effective-until", metavar="DAY", help="in force through this day")
        parser.add_argument("--no-wait", action="store_true", help="queue the files and leave")

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        files, skipped = _files(options["paths"])
        dates = parse_dates(options["effective_from"], options["effective_until"])
        base = _base(actor, options["base"], existing=options["existing"])
        began = time.monotonic()
        for file in files:
            _receive(actor, base, file, dates)
        if not options["no_wait"]:
            self._wait(actor, files, quiet=options["json"])
        self._report(files, skipped=skipped, seconds=time.monotonic() - began, options=options)

    def _wait(self, actor: Actor, files: list[File], *, quiet: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        waiting = [file for file in files if file.document]
        with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as progress:
            shown = progress.add_task(_("Reading"), total=len(waiting))
            while True:
                _refresh(actor, waiting)
                waiting += _found_inside(actor, files, waiting)
                progress.update(shown, total=len(waiting))
                done = [file for file in waiting if file.document and _has_ended(file.document)]
                progress.update(shown, completed=len(done))
                if len(done) == len(waiting):
                    return
                time.sleep(POLL_SECONDS)

    def _report(
        self, files: list[File], *, skipped: list[Path], seconds: float, options: dict[str, Any]
    ) -> None:
        rows = [file.as_dict() for file in files]
        failed = sum(row["state"] == "failed" for row in rows)
        summary = {
            "base": options["base"],
            "files": rows,
            "ready": sum(row["state"] in ("ready", "unchanged") for row in rows),
            "failed": failed,
            "skipped": [str(path) for path in skipped],
            "seconds": round(seconds, 2),
        }
        if not self.emit(summary, options):
            header = (_("file"), _("state"), _("passages"), _("units"), _("reason"))
            self.table(header, [_row(row) for row in rows])
            self.stdout.write(
                _("%(ready)d ready, %(failed)d failed, %(seconds).1f s")
                % {"ready": summary["ready"], "failed": failed, "seconds": seconds}
            )
            for path in skipped:
                self.stdout.write(_("%(path)s: left out, this kind of file is not read.") % {"path": path})
        if failed:
            raise SystemExit(1)


def _row(row: dict[str, Any]) -> tuple[object, ...]:
    units = ", ".join(f"{kind} {count}" for kind, count in row["units"].items())
    reason = f"{row['reason']} [{row['code']}]" if row["code"] else ""
    return row["file"], row["state"], row["passages"], units, reason


def _base(actor: Actor, slug: str, *, existing: bool) -> KnowledgeBase:
    with tenancy.scope(actor.organisation_id):
        try:
            return selectors.visible_base(actor=actor, slug=slug)
        except NotFound:
            if existing:
                raise
    return services.create_base(actor=actor, slug=slug)


def _files(paths: list[Path]) -> tuple[list[File], list[Path]]:
    """Files as given; of a folder every file with a supported ending, known by its place below the folder.
    Beside them what is left out for its ending; hidden files are no documents."""
    found: list[File] = []
    skipped: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.is_file())
            read = [file for file in inside if file.suffix.lower() in SUPPORTED_EXTENSIONS]
            found += [File(file, file.relative_to(path).parts[:-1]) for file in read]
            skipped += [file for file in sorted({*inside} - {*read}) if not _is_hidden(file, path)]
        elif path.exists():
            found.append(File(path))
        else:
            raise CommandError(_("%(path)s does not exist.") % {"path": path})
    return _told_apart(found), skipped


def _is_hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _told_apart(files: list[File]) -> list[File]:
    """Two files of one name would be two revisions of one document: the second is refused."""
    known: set[str] = set()
    for file in files:
        if file.label in known:
            file.error = SameName()
        known.add(file.label)
    return files


def _receive(actor: Actor, base: KnowledgeBase, file: File, dates: Dates) -> None:
    if file.error:
        return
    try:
        with file.path.open("rb") as stream:
            chunks = iter(lambda: stream.read(CHUNK), b"")
            received = services.receive(
                actor=actor,
                base=base,
                name=file.path.name,
                folder=file.folder,
                chunks=chunks,
                dates=dates,
                origin=services.Origin.SHELL,
            )
        file.document, file.outcome = received.document, received.outcome
    except SunmaoError as error:
        file.error = error
    except OSError as error:
        file.error = CannotOpen(
            format_lazy(_lazy("The file cannot be opened: {reason}."), reason=error.strerror)
        )


def _refresh(actor: Actor, files: list[File]) -> None:
    ids = [file.document.pk for file in files if file.document]
    with tenancy.scope(actor.organisation_id):
        fresh = selectors.documents_visible_to(actor).in_bulk(ids)
    for file in files:
        if file.document:
            file.document = fresh.get(file.document.pk, file.document)


def _found_inside(actor: Actor, files: list[File], known: list[File]) -> list[File]:
    """Documents that came out of archives and mails of this run: they are waited for and reported, too."""
    ids = {file.document.pk for file in known if file.document}
    with tenancy.scope(actor.organisation_id):
        shown = selectors.documents_visible_to(actor).filter(member_of__in=ids).exclude(pk__in=ids)
        found = [File(Path(one.name), document=one, inside=True) for one in shown.order_by("name")]
    files += found
    return found


def _has_ended(document: Document) -> bool:
    return document.job is None or document.job.has_ended
