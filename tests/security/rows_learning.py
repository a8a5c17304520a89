"""What bases learn from people, through the API and in the console."""

from __future__ import annotations

from tests.security.matrix import Row, delete, get, post, post_json

V1 = "api/v1/"
READ, CONFIRM, TRAIN = "learning.question.read", "learning.question.confirm", "learning.ranking.train"
PAIR = {"question": "How soon do I see my money?", "passage_id": ""}

LEARNING = (
    Row(route=f"{V1}bases/<str:slug>/questions", method="GET", needs=READ, gives=200, names="shelf",
        send=get(f"{V1}bases/{{base}}/questions")),
    Row(route=f"{V1}bases/<str:slug>/questions", method="POST", needs=CONFIRM, gives=201, names="shelf",
        writes=("question.confirmed",),
        send=post_json(f"{V1}bases/{{base}}/questions",
                       lambda t: {**PAIR, "passage_id": str(t.shelf.passage)})),
    Row(route=f"{V1}bases/<str:slug>/questions/import", method="POST", needs=CONFIRM, gives=200,
        names="shelf", writes=("questions.imported",),
        send=post_json(f"{V1}bases/{{base}}/questions/import",
                       lambda t: {"pairs": [{**PAIR, "passage_id": str(t.shelf.passage)}]})),
    Row(route=f"{V1}questions/<str:question_id>", method="DELETE", needs=CONFIRM, gives=204, names="shelf",
        writes=("question.withdrawn",), send=delete(f"{V1}questions/{{question}}")),
    Row(route=f"{V1}bases/<str:slug>/rankings", method="GET", needs=TRAIN, gives=200, names="shelf",
        send=get(f"{V1}bases/{{base}}/rankings")),
    Row(route=f"{V1}bases/<str:slug>/rankings", method="POST", needs=TRAIN, gives=400, names="shelf",
        silent="a base with one confirmed question is told that this is too few",
        send=post(f"{V1}bases/{{base}}/rankings")),
    Row(route=f"{V1}bases/<str:slug>/rankings", method="DELETE", needs=TRAIN, gives=204, names="shelf",
        silent="no ranking serves", send=delete(f"{V1}bases/{{base}}/rankings")),
)  # fmt: skip
