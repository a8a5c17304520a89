"""`audit verify|head|export|seal|purge`: the log from the shell; see docs/guides/audit.md."""

from __future__ import annotations

import io
import json
import sys
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_naive, make_aware
from django.utils.translation import gettext as _

from sunmao.accounts.command import actor_from
from sunmao.accounts.selectors import organisation_by_slug, slugs_of
from sunmao.audit.exporting.offline import verify_file
from sunmao.audit.exporting.services import FORMATS, export
from sunmao.audit.heads import Head, head_of, organisations, parse_heads
from sunmao.audit.purging import due, purge, purge_vouched
from sunmao.audit.sealing import seal
from sunmao.audit.selectors import Filter
from sunmao.audit.signing import PublicKey, parse_public, public_keys
from sunmao.audit.subject import keeper
from sunmao.audit.tasks import keep_finding
from sunmao.audit.verifying import Outcome, verify
from sunmao.core.command import StackCommand
from sunmao.core.errors import InvalidInput


class Command(StackCommand):
    help = "Verify, show and export the audit log. `verify` ends with 1 when something was tampered with."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="which", required=True, metavar="verify|head|export|seal|purge")
        for name, add in (
            ("verify", self._verify_arguments),
            ("head", self._all),
            ("export", self._export_arguments),
            ("seal", self._all),
            ("purge", self._purge_arguments),
        ):
            verb = verbs.add_parser(name, help=_HELP[name])
            super().add_arguments(verb)
            add(verb)

    def _all(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="every organisation instead of --org")

    def _verify_arguments(self, parser: CommandParser) -> None:
        self._all(parser)
        parser.add_argument("--file", metavar="EXPORT", help="an export in JSON lines; needs no database")
        parser.add_argument("--head", metavar="FILE", help="heads that were kept elsewhere")
        parser.add_argument("--key", metavar="HEX", action="append", help="believe these public keys only")
        parser.add_argument("--note", action="store_true", help="write the finding into the log")

    def _export_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=FORMATS, default="jsonl")
        parser.add_argument("--since", metavar="TIME", help="2026-01-31 or 2026-01-31T08:00")
        parser.add_argument("--until", metavar="TIME", help="up to this moment, which is left out")
        parser.add_argument("--verb", default="", help="key.created, or key.* for all that begin so")
        parser.add_argument("--actor", default="", metavar="[KIND:]ID", help="who did it")
        parser.add_argument("--subject", default="", metavar="[KIND:]ID", help="what it was done to")

    def _purge_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would leave")

    def run(self, **options: Any) -> None:
        verbs: dict[str, Callable[[dict[str, Any]], None]] = {
            "verify": self._verify,
            "head": self._head,
            "export": self._export,
            "seal": self._seal,
            "purge": self._purge,
        }
        verbs[options["which"]](options)

    def _organisations(self, options: dict[str, Any]) -> list[uuid.UUID]:
        return organisations() if options["all"] else [organisation_by_slug(options["org"]).pk]

    def _verify(self, options: dict[str, Any]) -> None:
        keys = _keys(options["key"])
        heads = {head.organisation_id: head for head in _heads(options["head"])}
        if options["file"]:
            outcomes = [_verified_file(options["file"], keys, heads)]
        else:
            outcomes = [verify(one, head=heads.get(one), keys=keys) for one in self._organisations(options)]
            self._note(outcomes, options)
        self._tell(outcomes, options)
        if not all(outcome.is_sound for outcome in outcomes):
            sys.exit(1)

    def _note(self, outcomes: Iterable[Outcome], options: dict[str, Any]) -> None:
        for outcome in outcomes if options["note"] else ():
            keep_finding(actor=keeper(outcome.organisation_id), outcome=outcome)

    def _tell(self, outcomes: list[Outcome], options: dict[str, Any]) -> None:
        if self.emit({"organisations": [outcome.as_dict() for outcome in outcomes]}, options):
            return
        names = {} if options["file"] else slugs_of(one.organisation_id for one in outcomes)
        header = (_("organisation"), _("result"), _("seals"), _("entries"), _("waiting"), _("purged"), "1/s")
        self.table(header, [_row(outcome, names) for outcome in outcomes])
        for outcome in outcomes:
            for problem in outcome.problems:
                told = problem.as_dict()
                where = "  ".join(
                    f"{name} {told[name]}" for name in ("seal", "entry", "id", "note") if name in told
                )
                self.stdout.write(f"! {told['kind']}: {told['text']}  {where}")

    def _head(self, options: dict[str, Any]) -> None:
        found = [head for one in self._organisations(options) if (head := head_of(one))]
        if self.emit({"heads": [head.as_dict() for head in found]}, options):
            return
        names = slugs_of(head.organisation_id for head in found)
        header = (_("organisation"), _("seal"), _("entries"), _("sealed"), _("hash"), _("public key"))
        rows = [
            (names.get(h.organisation_id, ""), h.number, h.last, h.sealed_at, h.hash, h.public_key)
            for h in found
        ]
        self.table(header, rows)

    def _export(self, options: dict[str, Any]) -> None:
        wanted = Filter(
            since=_moment(options["since"], "since"),
            until=_moment(options["until"], "until"),
            **{name: options[name] for name in ("verb", "actor", "subject")},
        )
        lines = export(actor=actor_from(options), form=options["format"], wanted=wanted)
        if not options["out"]:
            for line in lines:
                self.stdout.write(line)
            return
        written = 0
        with Path(options["out"]).open("w", encoding="utf-8", newline="\n") as out:
            for line in lines:
                out.write(f"{line}\n")
                written += 1
        told = {"count": written, "file": options["out"]}
        self.stdout.write(_("%(count)d lines written to %(file)s") % told)

    def _seal(self, options: dict[str, Any]) -> None:
        sealed = sum(seal(one) for one in self._organisations(options))
        if not self.emit({"sealed": sealed}, options):
            self.stdout.write(_("%(count)d entries sealed") % {"count": sealed})

    def _purge(self, options: dict[str, Any]) -> None:
        actor = actor_from(options)
        if options["dry_run"]:
            removed = sum(one.count for one in due(actor.organisation_id))
            vouched = {}
        else:
            removed = purge(actor=actor)
            vouched = purge_vouched(actor=actor)
        if not self.emit({"removed": removed, **vouched, "dry_run": options["dry_run"]}, options):
            text = _("%(count)d entries would leave") if options["dry_run"] else _("%(count)d entries left")
            self.stdout.write(text % {"count": removed})
            for what, count in vouched.items():
                self.stdout.write(f"{what}: {count}")


_HELP = {
    "verify": "find what was edited, deleted, reordered, cut off or signed anew",
    "head": "print the signed heads, to be kept elsewhere",
    "export": "write the log of an organisation; the export is itself an entry",
    "seal": "seal what waits, now",
    "purge": "remove entries whose time has come, and the answers that they vouched for",
}


def _row(outcome: Outcome, names: dict[uuid.UUID, str]) -> tuple[object, ...]:
    speed = f"{outcome.entries / outcome.seconds:,.0f}" if outcome.seconds else ""
    return (
        names.get(outcome.organisation_id, str(outcome.organisation_id)),
        _("sound") if outcome.is_sound else _("BROKEN"),
        outcome.seals,
        outcome.entries,
        outcome.waiting,
        outcome.purged,
        speed,
    )


def _keys(given: list[str] | None) -> dict[str, PublicKey] | None:
    """None: those of the installation; for a file, where none are known, those that it carries."""
    if given:
        return {key.id: key for key in map(parse_public, given)}
    return public_keys() or None


def _heads(file: str | None) -> list[Head]:
    try:
        return parse_heads(Path(file).read_text(encoding="utf-8")) if file else []
    except OSError as error:
        raise CommandError(str(error)) from error


def _verified_file(file: str, keys: dict[str, PublicKey] | None, heads: dict[uuid.UUID, Head]) -> Outcome:
    try:
        with Path(file).open(encoding="utf-8", newline="") as lines:
            organisation_id = _organisation_of(lines)
            return verify_file(lines, keys=keys, head=heads.get(organisation_id))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(str(error)) from error


def _organisation_of(lines: io.TextIOBase | Any) -> uuid.UUID:
    first = lines.readline()
    lines.seek(0)
    try:
        return uuid.UUID(json.loads(first)["organisation"])
    except (KeyError, TypeError, ValueError):
        return uuid.UUID(int=0)


def _moment(text: str | None, name: str) -> datetime | None:
    if not text:
        return None
    try:
        day = parse_date(text)
        found = datetime(day.year, day.month, day.day) if day else parse_datetime(text)  # noqa: DTZ001
    except ValueError:
        found = None
    if found is None:
        raise InvalidInput(fields={name: _("must be a date or a time such as 2026-01-31T08:00")})
    return make_aware(found) if is_naive(found) else found
