"""Filling the base of a vertical through the product's own verbs; reading is done at once (see `stack`)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from apps.config.bench.people import People
from sunmao.core.vertical import config_of
from sunmao.knowledge import services as knowledge
from sunmao.releases.sample import document_name, seed_vertical

VERTICAL, TASK = "customer_service", "customer_service.ask"


def sample_files() -> list[tuple[str, Path]]:
    folder = config_of(VERTICAL).folder / "knowledge"
    return [(document_name(file), file) for file in sorted(folder.glob("*/*.md"))]


def serve(people: People, files: Iterable[tuple[str, Path]]) -> int:
    """Seed the release, read the files into its base, and return how many there were."""
    seed_vertical(actor=people.system, config=config_of(VERTICAL), with_documents=False)
    base = knowledge.create_base(actor=people.system, slug=config_of(VERTICAL).vertical.base_slug)
    count = 0
    for name, file in files:
        knowledge.receive(actor=people.system, base=base, name=name, chunks=[file.read_bytes()])
        count += 1
    return count
