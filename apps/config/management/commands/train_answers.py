"""`train_answers WHAT --reference DIR`: make the small trained parts of answering anew.

What is learnt from, and what they are worth on what is not, stands in
`sunmao/knowledge/text/trained/MODEL_CARD.md`.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.test.utils import override_settings

from apps.config.evaluation.training import background, picker, refusing, vectors
from apps.config.evaluation.training.material import SOURCES, Material, read
from sunmao.knowledge.encoders import encoder_for
from sunmao.knowledge.text import background as shipped
from sunmao.knowledge.text.trained.forest import FOLDER

WHAT = ("background", "picker", "refusal")


class Command(BaseCommand):
    help = "Make the word table, the sentence picker and the refusal model anew from reference data"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=WHAT)
        parser.add_argument("--reference", type=Path, required=True, help="folder of the reference data")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--out", type=Path, default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        name, reference, seed = options["what"], options["reference"], options["seed"]
        if name == "background":
            self._write(options["out"] or shipped.TABLE, background.count(reference))
            return
        draw = random.Random(seed)  # noqa: S311  reproducible, not secret
        material = [read(reference, source, draw) for source in SOURCES]
        learn = self._picker if name == "picker" else self._refusal
        self._write(options["out"] or FOLDER / f"{name}.json", learn(material, draw, seed))

    def _picker(self, material: list[Material], _draw: random.Random, seed: int) -> dict[str, Any]:
        found = {one.source.name: list(picker.blocks(one)) for one in material if one.source.spans}
        model = picker.learn([block for blocks in found.values() for block in blocks], seed=seed)
        for name, blocks in found.items():
            self.stdout.write(f"{name}: {json.dumps(picker.judged(model, blocks))}")
        return model

    def _refusal(self, material: list[Material], draw: random.Random, seed: int) -> dict[str, Any]:
        models = {}
        for language in ("zh", "en"):
            own = [one for one in material if one.source.language == language]
            found = list(refusing.examples(own, draw))
            models[language] = refusing.learn(found, language=language, seed=seed)
            for name, figures in refusing.judged(models[language], found).items():
                self.stdout.write(f"{name}: {json.dumps(figures)}")
            with override_settings(SUNMAO_ENGLISH_ENCODER="minilm"):
                if encoder := encoder_for(language):
                    models[language]["encoders"] = vectors.learn(own, models[language], encoder, draw)
        return models

    def _write(self, path: Path, told: dict[str, Any]) -> None:
        path.write_text(json.dumps(told, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
        self.stdout.write(f"{path}: {path.stat().st_size} bytes")
