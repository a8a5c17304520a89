"""Heads, through the API and in the console."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from sunmao.accounts import services as accounts
from sunmao.accounts.models import Organisation
from sunmao.core import tenancy
from sunmao.modelhub.heads import services
from sunmao.modelhub.heads.examples import read
from sunmao.training.heads import keeping
from sunmao.training.heads.intents import learn
from sunmao.training.heads.wishes import Wish
from tests.security.matrix import Row, Target, get, post, post_json

V1 = "api/v1/heads"
READ, TRAIN, ACTIVATE = "heads.head.read", "heads.head.train", "heads.head.activate"
SPOKEN_HEADS = {
    "api/v1/^heads/versions/(?P<version_name>[^/]+)/(?P<action>activate|retire)$": (
        "api/v1/heads/versions/<version_name>/<action>"
    ),
}
EXAMPLES = (
    b"text,label\nwhere is my parcel,track\ntrack my parcel,track\nsend the money back,refund\n"
    b"I want my money,refund\n"
)


def heads_of(organisation: Organisation) -> dict[str, Any]:
    """A head with two versions, the second in use after the first was."""
    system = accounts.system_actor(organisation)
    made = learn(read(EXAMPLES), wish=Wish(method="ngram"))
    versions = [keeping.keep(actor=system, name="intents", outcome=made) for _ in range(2)]
    for version in versions:
        services.activate(actor=system, version=version)
    with tenancy.scope(organisation.pk):
        return {"head": versions[0].head_id, "head_version": versions[0].pk}


def _files(_: Target) -> dict[str, Any]:
    return {"train": SimpleUploadedFile("train.csv", EXAMPLES), "name": "other", "method": "ngram"}


HEAD_ROWS = (
    Row(route=V1, method="GET", needs=READ, gives=200, send=get(V1)),
    Row(route=V1, method="POST", needs=TRAIN, gives=202, writes=("head.requested",), send=post(V1, _files)),
    Row(route=f"{V1}/<str:head_name>", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{V1}/{{head}}")),
    Row(route=f"{V1}/versions/<str:version_name>", method="GET", needs=READ, gives=200, names="house",
        send=get(f"{V1}/versions/{{head_version}}")),
    Row(route=f"{V1}/versions/<version_name>/<action>", method="POST", needs=ACTIVATE, gives=200,
        names="house", writes=("head.activated",), send=post(f"{V1}/versions/{{head_version}}/activate")),
    Row(route=f"{V1}/<str:head_name>/rollback", method="POST", needs=ACTIVATE, gives=200, names="house",
        writes=("head.rolled_back",), send=post(f"{V1}/{{head}}/rollback")),
    Row(route=f"{V1}/<str:head_name>/classify", method="POST", needs=READ, gives=202, names="house",
        writes=("head.asked",),
        send=post_json(f"{V1}/{{head}}/classify", lambda _: {"texts": ["where is my parcel"]})),
    Row(route="console/heads/headversion/add/", method="POST", needs=TRAIN, gives=302,
        writes=("head.requested",), send=post("console/heads/headversion/add/", _files)),
)  # fmt: skip
