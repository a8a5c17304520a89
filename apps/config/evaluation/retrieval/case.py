"""`evaluate retrieval`: the floor, each part of the hybrid, and what an answer would use, in one run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.management.base import CommandParser

from apps.config.evaluation.base import Loaded, add_day, in_force, load, override_settings, scratch_stack
from apps.config.evaluation.figures import judged, percentile
from apps.config.evaluation.floor import Floor
from apps.config.evaluation.learning import Learned, learn
from apps.config.evaluation.material import Given, Question, passages, questions
from sunmao.core import tenancy
from sunmao.core.errors import InvalidInput
from sunmao.core.evaluating import Report, Table
from sunmao.knowledge import encoders, reranking, retrieval
from sunmao.knowledge.embedding.questions import encode
from sunmao.knowledge.fusing import Row, fuse
from sunmao.knowledge.learning.features import Asked
from sunmao.knowledge.learning.memory import Memory

LIMIT = 100
SHOWN = ("recall@1", "recall@5", "recall@10", "recall@100", "mrr@10", "ndcg@10")
Rankings = dict[str, list[list[str]]]


class RetrievalEvaluation:
    help = "find passages: the floor, each part, and what an answer would use"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--passages", nargs="+", required=True, metavar="FILE")
        parser.add_argument("--queries", nargs="+", required=True, metavar="FILE")
        parser.add_argument("--train", nargs="+", default=[], metavar="FILE", help="questions to learn from")
        parser.add_argument(
            "--without-answers", action="store_true", help="learn the questions and not what was answered"
        )
        parser.add_argument("--encoder", default="minilm", metavar="SPEC", help="of all passages")
        parser.add_argument("--reranker", default="", metavar="FOLDER", help="a cross-encoder for the best")
        add_day(parser)

    def run(self, options: dict[str, Any]) -> Report:
        began = time.perf_counter()
        given, asked = passages(options["passages"]), questions(options["queries"])
        taught = questions(options["train"])
        there = in_force(given, options["as_of"])
        known = {one.id for one in there}
        answerable = [one for one in asked if one.relevant & known]
        if not answerable:
            raise InvalidInput(fields={"queries": "no question names a passage of these files"})
        with scratch_stack(), override_settings(**_encoder(options["encoder"]), **_reranker(options)):
            reranking.load()
            loaded = load(given, options["as_of"])
            untaught = _rank(loaded, answerable)
            learned = learn(loaded, taught, with_answers=not options["without_answers"])
            rankings, timings = _default(loaded, answerable)
        rankings = {"floor": _floor(there, answerable), **untaught, **rankings}
        return _report(
            rankings, answerable, taught, learned, timings, options["seed"], began, there, loaded.on
        )


def _encoder(spec: str) -> dict[str, Any]:
    """The package's own is for English alone; another one is asked for what it encodes."""
    if spec == encoders.MINILM:
        return {"SUNMAO_ENGLISH_ENCODER": spec}
    return {"SUNMAO_ENCODERS": {encoders.EVERY_LANGUAGE: encoders.checked(spec)}}


def _reranker(options: Mapping[str, Any]) -> dict[str, Any]:
    """Waited for, however slow this machine is: the order is measured, and its time beside it."""
    named = options["reranker"]
    return {"SUNMAO_RERANKER": named, "SUNMAO_RERANK_MILLISECONDS": 600_000} if named else {}


def _floor(given: Sequence[Given], asked: Sequence[Question]) -> list[list[str]]:
    texts = ["\n".join(filter(None, (one.title, one.unit.label, one.unit.text))) for one in given]
    floor = Floor([one.id for one in given], texts)
    return [floor.find(one.text, limit=LIMIT) for one in asked]


def _rank(loaded: Loaded, asked: Sequence[Question]) -> Rankings:
    """Each part by itself and fused, before anything was learned."""
    found: Rankings = {"lexical": [], "dense": [], "hybrid": []}
    with tenancy.scope(loaded.people.system.organisation_id):
        pin = loaded.pin
        for one in asked:
            part = retrieval.search(
                actor=loaded.people.end_user,
                question=one.text,
                pin=pin,
                dense=encode(one.text, [loaded.base.pk], wait=True),
                recall=_nothing,
            )
            fused = fuse(part.rows)
            orders: dict[str, Callable[[Row], float]] = {
                "lexical": lambda row: row.lexical,
                "hybrid": lambda row, fused=fused: fused[row.passage_id],  # type: ignore[misc]
            }
            if any(row.dense is not None for row in part.rows):
                orders["dense"] = lambda row: -1.0 if row.dense is None else row.dense
            for name, key in orders.items():
                best = sorted(part.rows, key=key, reverse=True)[:LIMIT]
                found[name].append([loaded.ids[row.passage_id] for row in best])
    return {name: rows for name, rows in found.items() if len(rows) == len(asked)}


def _nothing(_asked: Asked) -> Memory:
    return Memory()


def _default(loaded: Loaded, asked: Sequence[Question]) -> tuple[Rankings, list[float]]:
    """The very call that an answer makes, as a person who may only ask."""
    actor, found, timings = loaded.people.end_user, [], []
    with tenancy.scope(actor.organisation_id):
        pin = loaded.pin
        for one in asked:
            began = time.perf_counter()
            hits = retrieval.retrieve(actor=actor, question=one.text, bases=[pin], limit=LIMIT).hits
            timings.append((time.perf_counter() - began) * 1000)
            found.append([loaded.ids[hit.passage.pk] for hit in hits])
    return {"default": found}, timings


def _report(
    rankings: Rankings,
    asked: Sequence[Question],
    taught: Sequence[Question],
    learned: Learned,
    timings: Sequence[float],
    seed: int,
    began: float,
    there: Sequence[Given],
    day: date,
) -> Report:
    systems = {name: judged(found, asked, seed=seed) for name, found in rankings.items()}
    seen = {key for one in taught for key in one.relevant}
    new = [place for place, one in enumerate(asked) if not one.relevant & seen]
    slices: dict[str, Any] = {}
    if taught and new:
        few = [asked[place] for place in new]
        slices["never_cited"] = {
            "n": len(few),
            **{name: judged([found[p] for p in new], few, seed=seed) for name, found in rankings.items()},
        }
    data = {
        "systems": systems,
        "slices": slices,
        "learned": {"questions": learned.questions, "ranking": learned.ranking},
        "n": len(asked),
        "passages": len(there),
        "as_of": day.isoformat(),
        "milliseconds": {
            "p50": round(percentile(timings, 0.5), 2),
            "p95": round(percentile(timings, 0.95), 2),
        },
        "seed": seed,
        "seconds": round(time.perf_counter() - began, 1),
    }
    return Report(data=data, tables=_tables(data), notes=_notes(data))


def _tables(data: Mapping[str, Any]) -> list[Table]:
    parts = {"all questions": {"n": data["n"], **data["systems"]}, **data["slices"]}
    return [
        Table(
            title=f"{title}: {part['n']}",
            header=("system", *SHOWN),
            rows=[(name, *(part[name][figure] for figure in SHOWN)) for name in part if name != "n"],
        )
        for title, part in parts.items()
    ]


def _notes(data: Mapping[str, Any]) -> list[str]:
    low, high = data["systems"]["default"]["interval"]["mrr@10"]
    times = data["milliseconds"]
    return [
        f"default, mrr@10: 95 % interval {low}…{high}",
        f"default: p50 {times['p50']} ms, p95 {times['p95']} ms over {data['passages']} passages",
    ]
