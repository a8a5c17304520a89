"""Unanswered questions, through the API and in the console."""

from __future__ import annotations

from tests.security.matrix import Row, get, post, send_json

V1, MANAGE = "api/v1/", "answering.unanswered.manage"

MINING = (
    Row(route=f"{V1}unanswered", method="GET", needs=MANAGE, gives=200, send=get(f"{V1}unanswered")),
    Row(route=f"{V1}unanswered", method="POST", needs=MANAGE, gives=202, narrow=403,
        writes=("unanswered.mining_requested",), send=post(f"{V1}unanswered")),
    Row(route=f"{V1}unanswered/<str:cluster_id>", method="GET", needs=MANAGE, gives=200, names="house",
        narrow=404, send=get(f"{V1}unanswered/{{cluster}}")),
    Row(route=f"{V1}unanswered/<str:cluster_id>", method="PATCH", needs=MANAGE, gives=200, names="house",
        narrow=404, writes=("unanswered.decided",),
        send=send_json("PATCH", f"{V1}unanswered/{{cluster}}", lambda _: {"state": "planned"})),
    Row(route="console/mining/cluster/", method="POST", needs=MANAGE, gives=302,
        writes=("unanswered.mining_requested",),
        send=post("console/mining/cluster/", lambda _: {"mine": "1"})),
    Row(route="console/mining/cluster/<path:object_id>/change/", method="POST", needs=MANAGE, gives=302,
        names="house", foreign=302, writes=("unanswered.decided",),
        send=post("console/mining/cluster/{cluster}/change/", lambda _: {"state": "planned"})),
)  # fmt: skip
