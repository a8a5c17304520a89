"""`train retrieval`: an encoder tuned for the questions of a base, measured beside the one it came from."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.config.evaluation.figures import bootstrap, judged, recall, reciprocal
from apps.config.evaluation.material import Given, Question, passages, questions
from sunmao.core.errors import InvalidInput
from sunmao.core.evaluating import Report, Table
from sunmao.knowledge import encoders
from sunmao.knowledge.reuse import passage_text
from sunmao.training.runs.commanding import Subcommand

LIMIT = 100
SHOWN = ("recall@1", "recall@5", "recall@10", "recall@100", "mrr@10")
EACH = 1


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("--seed", type=int, default=1, help="of everything that is drawn by chance")
    parser.add_argument("--passages", nargs="+", required=True, metavar="FILE")
    parser.add_argument("--queries", nargs="+", required=True, metavar="FILE", help="to learn from")
    parser.add_argument("--test", nargs="+", required=True, metavar="FILE", help="never learnt")
    parser.add_argument("--encoder", default="minilm", metavar="SPEC", help="minilm or st:PATH")
    parser.add_argument("--save", type=Path, metavar="FOLDER", help="keep the tuned encoder here")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rank", type=int, default=16, help="of the change; 0 learns all weights")
    parser.add_argument("--longest", type=int, default=128, help="tokens of a text that are read")
    parser.add_argument("--rate", type=float, help="of learning; 5e-4, or 3e-5 for all weights")


def _measure(options: dict[str, Any]) -> Report:
    began, busy = time.perf_counter(), time.process_time()
    given, taught = passages(options["passages"]), questions(options["queries"])
    asked = _answerable(questions(options["test"]), given)
    seen = {one.text for one in taught}
    if leaked := sum(one.text in seen for one in asked):
        raise InvalidInput(fields={"test": f"{leaked} questions are learnt from"})
    data = _tuned(given, taught, asked, options)
    data |= {
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(time.process_time() - busy, 1),
    }
    return Report(data=data, tables=_tables(data), notes=_notes(data))


def _answerable(asked: Sequence[Question], given: Sequence[Given]) -> list[Question]:
    known = {one.id for one in given}
    found = [one for one in asked if one.relevant & known]
    if not found:
        raise InvalidInput(fields={"test": "no question names a passage of these files"})
    return found


def _tuned(
    given: Sequence[Given], taught: Sequence[Question], asked: Sequence[Question], options: dict[str, Any]
) -> dict[str, Any]:
    import numpy as np

    from sunmao.training.encoders import negatives, tuning

    texts = [passage_text(one.unit, one.title) for one in given]
    place = {one.id: number for number, one in enumerate(given)}
    model = _model(options["encoder"])
    longest = options["longest"]

    def vectors(of: Any, said: Sequence[str]) -> Any:
        return tuning.encoded(of, said, longest=longest)

    known = vectors(model, texts)
    relevant = [frozenset(place[one] for one in question.relevant if one in place) for question in taught]
    words = [one.text for one in taught]
    mined = negatives.mine(vectors(model, words), known, relevant, each=EACH, seed=options["seed"])
    if not mined.pairs:
        raise InvalidInput(fields={"queries": "no question names a passage of these files"})
    losses: list[float] = []
    rate = options["rate"] or (5e-4 if options["rank"] else 3e-5)
    tuned = tuning.tune(
        model,
        words,
        texts,
        mined.pairs,
        seed=options["seed"],
        settings=tuning.Settings(rank=options["rank"], epochs=options["epochs"], rate=rate, longest=longest),
        tell=lambda _done, _total, loss: losses.append(round(loss, 4)),
    )
    ids = [one.id for one in given]
    before = _ranked(known, vectors(model, [one.text for one in asked]), ids)
    after = _ranked(vectors(tuned, texts), vectors(tuned, [one.text for one in asked]), ids)
    told = {
        "before": judged(before, asked, seed=options["seed"]),
        "after": judged(after, asked, seed=options["seed"]),
        "gain": _gain(before, after, asked, options["seed"]),
        "questions": len(words),
        "pairs": len(mined.pairs),
        "left_out_as_too_like": mined.left_out,
        "passages": len(texts),
        "n": len(asked),
        "longest": longest,
        "steps": len(losses),
        "loss": {"first": float(np.mean(losses[:5])), "last": float(np.mean(losses[-5:]))},
        "seed": options["seed"],
    }
    if options["save"]:
        told["encoder"] = tuning.save(tuned, options["save"].resolve())
    return told


def _model(spec: str) -> Any:
    model = getattr(encoders.encoder(encoders.checked(spec)), "model", None)
    if model is None:
        raise InvalidInput(fields={"encoder": "only one whose weights lie here can be tuned"})
    return model


def _ranked(passages: Any, questions: Any, ids: Sequence[str]) -> list[list[str]]:
    import numpy as np

    order = np.argsort(-(questions @ passages.T), axis=1, kind="stable")[:, :LIMIT]
    return [[ids[place] for place in row] for row in order]


def _gain(
    before: Sequence[Sequence[str]], after: Sequence[Sequence[str]], asked: Sequence[Question], seed: int
) -> dict[str, Any]:
    """The middle 95 % of the mean difference of each question."""
    figures: Mapping[str, Any] = {
        "recall@1": lambda r, g: recall(r, g, 1),
        "recall@10": lambda r, g: recall(r, g, 10),
        "mrr@10": reciprocal,
    }
    rows = list(zip(before, after, asked, strict=True))
    return {
        name: bootstrap([figure(b, q.relevant) * -1 + figure(a, q.relevant) for b, a, q in rows], seed=seed)
        for name, figure in figures.items()
    }


def _tables(data: Mapping[str, Any]) -> list[Table]:
    rows = [(name, *(data[name][figure] for figure in SHOWN)) for name in ("before", "after")]
    return [Table(title=f"{data['n']} questions", header=("encoder", *SHOWN), rows=rows)]


def _notes(data: Mapping[str, Any]) -> list[str]:
    low, high = data["gain"]["mrr@10"]
    notes = [f"gain of mrr@10: 95 % interval {low}…{high}"]
    return notes + ([f"kept as {data['encoder']}"] if "encoder" in data else [])


SUBCOMMAND = Subcommand(
    name="retrieval",
    help="an encoder for the questions of a base, with hard negatives from it",
    arguments=_arguments,
    measure=_measure,
)
