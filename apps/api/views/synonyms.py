"""Words that mean the same in a base."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.base import DoorView
from apps.api.views.given import is_text, object_of
from apps.api.views.knowledge import SLUG, UNKNOWN_BASE
from apps.api.views.schemas import Shape, operation, path_id
from sunmao.core.errors import InvalidInput
from sunmao.core.resolving import visible
from sunmao.knowledge.learning import presenting, synonyms
from sunmao.knowledge.learning.selectors import named, synonyms_visible_to
from sunmao.knowledge.learning.synonyms import MANAGE, MOST_GROUPS

GROUP = path_id("synonyms_id", "The id of a group of synonyms.")


class WordsSerializer(Shape):
    words = serializers.ListField(
        child=serializers.CharField(max_length=40), min_length=2, max_length=20, help_text="Of one meaning."
    )


class SynonymsSerializer(WordsSerializer):
    id = serializers.UUIDField()
    base = serializers.CharField()
    added_by = serializers.CharField()
    created_at = serializers.DateTimeField()


class SynonymGroupsSerializer(Shape):
    groups = SynonymsSerializer(many=True)


class SynonymsView(DoorView):
    @operation(
        "list_synonyms", gives={200: SynonymGroupsSerializer}, refuses={**UNKNOWN_BASE}, parameters=[SLUG]
    )
    def get(self, request: Request, slug: str) -> Response:
        """Every group of words that the newest version of the base takes for one."""
        self.actor.require(MANAGE)
        with self.scope():
            base = visible(self.actor, "base", slug, permission=MANAGE)
            found = list(synonyms_visible_to(self.actor).filter(base=base)[:MOST_GROUPS])
            names = named(one.added_by for one in found)
        return Response({"groups": [presenting.synonyms(one, names=names) for one in found]})

    @operation(
        "add_synonyms",
        takes=WordsSerializer,
        gives={201: SynonymsSerializer},
        refuses={400: ("invalid_input",), **UNKNOWN_BASE, 409: ("synonym_taken", "too_many_synonyms")},
        parameters=[SLUG],
        writes=True,
    )
    def post(self, request: Request, slug: str) -> Response:
        """From its next version on, the base finds what says one of the words when another one is asked."""
        self.actor.require(MANAGE)
        base = self.find("base", slug, permission=MANAGE)
        made = synonyms.add(actor=self.actor, base=base, words=_words(request.data))
        with self.scope():
            return Response(presenting.synonyms(made, names=named([made.added_by])), status=201)


def _words(data: Any) -> list[str]:
    words = object_of(data).get("words")
    if not isinstance(words, list) or not all(is_text(word) for word in words):
        raise InvalidInput(fields={"words": _("must be a list of words")})
    return words


class SynonymGroupView(DoorView):
    @operation(
        "withdraw_synonyms",
        gives={204: None},
        refuses={404: ("unknown_synonyms",)},
        parameters=[GROUP],
        writes=True,
    )
    def delete(self, request: Request, synonyms_id: str) -> Response:
        """The base's next version no longer takes them for one; earlier ones still do."""
        group = self.find("synonyms", synonyms_id, permission=MANAGE)
        synonyms.withdraw(actor=self.actor, synonyms=group)
        return Response(status=204)
