"""`train retrieval`: an encoder tuned for the questions of a base, measured beside the one it came from."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandParser

from apps.config.evaluation.figures import judged
from apps.config.training_commands import pairing
from apps.config.training_commands.pairing import Material
from sunmao.core.evaluating import Report
from sunmao.training.runs.commanding import Subcommand


def _arguments(parser: CommandParser) -> None:
    pairing.arguments(parser)
    parser.add_argument("--negatives", type=int, default=1, help="hard ones of each pair")
    parser.add_argument("--rank", type=int, default=16, help="of the change; 0 learns all weights")
    parser.add_argument("--rate", type=float, help="of learning; 5e-4, or 3e-5 for all weights")


def _measure(options: dict[str, Any]) -> Report:
    began, busy = time.perf_counter(), time.process_time()
    data = _tuned(pairing.material(options), options)
    data |= {
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(time.process_time() - busy, 1),
    }
    return Report(data=data, tables=pairing.tables(data), notes=pairing.notes(data))


def _tuned(given: Material, options: dict[str, Any]) -> dict[str, Any]:
    import numpy as np

    from sunmao.training.encoders import negatives, tuning

    model, longest, seed = pairing.model_of(options["encoder"]), options["longest"], options["seed"]
    rate = options["rate"] or (5e-4 if options["rank"] else 3e-5)

    def orders(of: Any, known: Any) -> list[list[str]]:
        asked = tuning.encoded(of, [one.text for one in given.asked], longest=longest)
        return [[given.ids[place] for place in row] for row in pairing.ranked(known, asked)]

    known = tuning.encoded(model, given.texts, longest=longest)
    taught = tuning.encoded(model, given.taught, longest=longest)
    mined = negatives.mine(taught, known, given.relevant, each=options["negatives"], seed=seed)
    losses: list[float] = []
    tuned = tuning.tune(
        model,
        given.taught,
        given.texts,
        mined.pairs,
        seed=seed,
        settings=tuning.Settings(rank=options["rank"], epochs=options["epochs"], rate=rate, longest=longest),
        tell=lambda _done, _total, loss: losses.append(round(loss, 4)),
    )
    kept = tuning.save(tuned, options["save"].resolve()) if options["save"] else ""
    before = orders(model, known)
    after = orders(tuned, tuning.encoded(tuned, given.texts, longest=longest))
    told: dict[str, Any] = {
        "before": judged(before, given.asked, seed=seed),
        "after": judged(after, given.asked, seed=seed),
        "gain": pairing.gain(before, after, given.asked, seed),
        "questions": len(given.taught),
        "pairs": len(mined.pairs),
        "left_out_as_too_like": mined.left_out,
        "passages": len(given.texts),
        "n": len(given.asked),
        "epochs": options["epochs"],
        "longest": longest,
        "negatives": options["negatives"],
        "rank": options["rank"],
        "rate": rate,
        "steps": len(losses),
        "loss": {"first": float(np.mean(losses[:5])), "last": float(np.mean(losses[-5:]))},
        "seed": seed,
    }
    if options["save"]:
        told["kept"] = kept
        pairing.write_card(options["save"], title="An encoder tuned for a base", data=told, options=options)
    return told


SUBCOMMAND = Subcommand(
    name="retrieval",
    help="an encoder for the questions of a base, with hard negatives from it",
    arguments=_arguments,
    measure=_measure,
)
