"""`train_contracts`: learn anew the weights with which rules of contracts read what no pattern knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from verticals.contract_review.domain import opinion
from verticals.contract_review.evaluation import AUTHORED
from verticals.contract_review.evaluation.learning import learn, material, write


class Command(BaseCommand):
    help = "Learn the second opinion of contract review from our own contracts and clauses"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--authored", type=Path, default=AUTHORED, help="folder with dev and clauses")
        parser.add_argument("--leave-out", nargs="*", default=[], help="names of contracts not to learn from")
        parser.add_argument("--out", type=Path, default=opinion.WEIGHTS)

    def handle(self, *args: Any, **options: Any) -> None:
        left = set(options["leave_out"])
        examples = [one for one in material(options["authored"]) if one.source not in left]
        weights = learn(examples)
        write(weights, options["out"])
        rules, pieces = len(weights["codes"]), len(weights["pieces"])
        self.stdout.write(f"{len(examples)} sentences, {rules} rules, {pieces} pieces")
