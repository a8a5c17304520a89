"""`train reranker`: a cross-encoder that orders the best passages, measured beside the order that it got."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandParser

from apps.config.evaluation.figures import judged
from apps.config.training_commands import pairing
from apps.config.training_commands.pairing import Material
from sunmao.core.evaluating import Report
from sunmao.knowledge.reranking import TOP, together
from sunmao.training.runs.commanding import Subcommand


def _arguments(parser: CommandParser) -> None:
    pairing.arguments(parser)
    parser.add_argument("--negatives", type=int, default=4, help="hard ones of each question")
    parser.add_argument("--rate", type=float, default=5e-5, help="of learning")


def _measure(options: dict[str, Any]) -> Report:
    began, busy = time.perf_counter(), time.process_time()
    data = _tuned(pairing.material(options), options)
    data |= {
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(time.process_time() - busy, 1),
    }
    return Report(data=data, tables=pairing.tables(data), notes=pairing.notes(data))


def _tuned(given: Material, options: dict[str, Any]) -> dict[str, Any]:
    """Before is the order of the encoder, after that of both together, as an answer would use it."""
    import numpy as np

    from sunmao.training.encoders import crossing, negatives, tuning

    encoder, longest, seed = pairing.model_of(options["encoder"]), options["longest"], options["seed"]
    known = tuning.encoded(encoder, given.texts, longest=longest)
    taught = tuning.encoded(encoder, given.taught, longest=longest)
    mined = negatives.mine(taught, known, given.relevant, each=options["negatives"], seed=seed)
    losses: list[float] = []
    tuned = crossing.tune(
        crossing.begun(encoder, longest=longest, seed=seed),
        given.taught,
        given.texts,
        mined.pairs,
        seed=seed,
        settings=crossing.Settings(epochs=options["epochs"], rate=options["rate"], longest=longest),
        tell=lambda _done, _total, loss: losses.append(round(loss, 4)),
    )
    kept = crossing.save(tuned, options["save"].resolve()) if options["save"] else ""
    asked = tuning.encoded(encoder, [one.text for one in given.asked], longest=longest)
    found = pairing.ranked(known, asked)

    def read_together(number: int) -> list[int]:
        best, rest = found[number][:TOP], found[number][TOP:]
        old = [float(known[place] @ asked[number]) for place in best]
        new = crossing.scores(tuned, given.asked[number].text, [given.texts[place] for place in best])
        both = together(old, new)
        return [best[at] for at in sorted(range(len(best)), key=lambda at: -both[at])] + rest

    before = [[given.ids[place] for place in row] for row in found]
    after = [[given.ids[place] for place in read_together(number)] for number in range(len(found))]
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
        "rate": options["rate"],
        "steps": len(losses),
        "loss": {"first": float(np.mean(losses[:5])), "last": float(np.mean(losses[-5:]))},
        "seed": seed,
    }
    if options["save"]:
        told["kept"] = kept
        pairing.write_card(
            options["save"], title="A cross-encoder tuned for a base", data=told, options=options
        )
    return told


SUBCOMMAND = Subcommand(
    name="reranker",
    help="a cross-encoder for the best passages of a base, with hard negatives from it",
    arguments=_arguments,
    measure=_measure,
)
