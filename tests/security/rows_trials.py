"""Hit testing, through the API and in the console."""

from __future__ import annotations

from tests.security.matrix import Row, delete, get, post, post_json
from tests.security.world import QUESTION

V1 = "api/v1/"
READ, WRITE, RUN = "trials.case.read", "trials.case.write", "trials.run.start"

TRIALS = (
    Row(route=f"{V1}bases/<str:slug>/trials", method="GET", needs=READ, gives=200, names="shelf",
        send=get(f"{V1}bases/{{base}}/trials")),
    Row(route=f"{V1}bases/<str:slug>/trials", method="POST", needs=READ, gives=200, names="shelf",
        writes=("trial.asked",),
        send=post_json(f"{V1}bases/{{base}}/trials", lambda _: {"question": QUESTION})),
    Row(route=f"{V1}bases/<str:slug>/trials/cases", method="GET", needs=READ, gives=200, names="shelf",
        send=get(f"{V1}bases/{{base}}/trials/cases")),
    Row(route=f"{V1}bases/<str:slug>/trials/cases", method="POST", needs=WRITE, gives=201, names="shelf",
        writes=("trial_case.saved",),
        send=post_json(f"{V1}bases/{{base}}/trials/cases",
                       lambda t: {"question": "How soon?", "passage_ids": [str(t.shelf.passage)]})),
    Row(route=f"{V1}bases/<str:slug>/trials/runs", method="POST", needs=RUN, gives=202, names="shelf",
        writes=("trial_run.requested",), send=post(f"{V1}bases/{{base}}/trials/runs")),
    Row(route=f"{V1}trials/cases/<str:case_id>", method="DELETE", needs=WRITE, gives=204, names="shelf",
        writes=("trial_case.removed",), send=delete(f"{V1}trials/cases/{{case}}")),
    Row(route=f"{V1}trials/runs/<str:run_id>", method="GET", needs=READ, gives=200, names="shelf",
        send=get(f"{V1}trials/runs/{{run}}")),
    Row(route="console/trials/case/try/", method="GET", needs=READ, gives=200, names="shelf",
        send=get("console/trials/case/try/?case={case}")),
    Row(route="console/trials/case/try/", method="POST", needs=READ, gives=302, names="shelf", foreign=200,
        writes=("trial.asked",), send=post("console/trials/case/try/",
                                 lambda t: {"try": "1", "question": QUESTION, "bases": [t.shelf.base]})),
    Row(route="console/trials/case/", method="POST", needs=WRITE, gives=302, names="shelf", foreign=200,
        writes=("trial_case.removed",), send=post("console/trials/case/", lambda t: {
            "action": "remove", "_selected_action": str(t.shelf.case)})),
    Row(route="console/trials/run/", method="POST", needs=RUN, gives=302, names="shelf", foreign=200,
        writes=("trial_run.requested",), send=post("console/trials/run/", lambda t: {
            "run_cases": "1", "base": t.shelf.base})),
)  # fmt: skip
