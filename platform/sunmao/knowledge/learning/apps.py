from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission
from sunmao.jobs.registry import JobKind


class LearningConfig(AppConfig):
    name = "sunmao.knowledge.learning"
    label = "learning"
    verbose_name = _("What a base has learned")
    audit_verbs = {
        "question.confirmed": _("Question confirmed"),
        "question.withdrawn": _("Confirmed question withdrawn"),
        "questions.imported": _("Confirmed questions imported"),
        "synonyms.added": _("Synonyms added"),
        "synonyms.withdrawn": _("Synonyms withdrawn"),
        "ranking.requested": _("Training of a ranking requested"),
        "ranking.trained": _("Ranking trained"),
        "ranking.activated": _("Ranking put to use"),
        "ranking.retired": _("Ranking taken out of use"),
    }
    job_kinds = (
        JobKind(
            name="learning.train_ranking",
            handler="sunmao.knowledge.ranking_training.train",
            queue="cpu",
            title=_("Train the ranking of a base"),
        ),
    )
    personal_data = "sunmao.knowledge.learning.personal_data.Confirmations"
    resolvers = {
        "confirmed_question": "sunmao.knowledge.learning.selectors.resolve_question",
        "synonyms": "sunmao.knowledge.learning.selectors.resolve_synonyms",
    }
    permissions = (
        Permission("learning.question.read", _("See confirmed questions"), narrowable=True),
        Permission(
            "learning.question.confirm", _("Confirm which passage answers a question"), narrowable=True
        ),
        Permission("learning.synonym.manage", _("Say which words mean the same in a base"), narrowable=True),
        Permission("learning.ranking.train", _("Train and switch the ranking of a base"), narrowable=True),
    )
