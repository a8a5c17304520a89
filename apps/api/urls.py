from __future__ import annotations

from django.conf import settings
from django.urls import include, path, re_path

from apps.api.views.audit import EntriesView, EntryView, ExportView, HeadsView
from apps.api.views.collections import CollectionsView, CollectionView
from apps.api.views.hints import HintActionView, HintsView, ReviewView
from apps.api.views.knowledge import (
    BasesView,
    DocumentsView,
    DocumentView,
    JobActionView,
    JobView,
    PassageView,
)
from apps.api.views.learning import (
    ConfirmedQuestionsImportView,
    ConfirmedQuestionsView,
    ConfirmedQuestionView,
    RankingsView,
)
from apps.api.views.members import MembersView
from apps.api.views.mining import ClustersView, ClusterView
from apps.api.views.missing import MissingView
from apps.api.views.people import PersonErasureView, PersonExportView
from apps.api.views.policies import PersonalDataPoliciesView, PersonalDataPolicyView, ReversalView
from apps.api.views.qa import QaView
from apps.api.views.quarantine import QuarantineActionView, QuarantineView
from apps.api.views.records import RecordView, UnansweredView
from apps.api.views.references import NeighboursView, ReferencesView
from apps.api.views.spaces import SpacesView
from apps.api.views.synonyms import SynonymGroupView, SynonymsView
from apps.api.views.tasks import TaskView
from apps.api.views.training import (
    SweepsView,
    SweepView,
    TrainingActionView,
    TrainingExportsView,
    TrainingFiguresView,
    TrainingProposalView,
    TrainingsView,
    TrainingView,
)
from apps.api.views.trials import CasesView, CaseView, RunsView, RunView, TrialsView
from apps.api.views.versions import (
    DifferenceView,
    DocumentDifferenceView,
    EditionsView,
    EditionView,
    RollbackView,
    VersionsView,
)

urlpatterns = [
    path("qa", QaView.as_view()),
    path("tasks/<str:vertical>/<str:task>", TaskView.as_view()),
    path("bases", BasesView.as_view()),
    path("bases/<str:slug>/documents", DocumentsView.as_view()),
    path("bases/<str:slug>/questions", ConfirmedQuestionsView.as_view()),
    path("bases/<str:slug>/questions/import", ConfirmedQuestionsImportView.as_view()),
    path("bases/<str:slug>/rankings", RankingsView.as_view()),
    path("bases/<str:slug>/trials", TrialsView.as_view()),
    path("bases/<str:slug>/trials/cases", CasesView.as_view()),
    path("bases/<str:slug>/trials/runs", RunsView.as_view()),
    path("trials/cases/<str:case_id>", CaseView.as_view()),
    path("trials/runs/<str:run_id>", RunView.as_view()),
    path("trainings", TrainingsView.as_view()),
    path("trainings/proposal", TrainingProposalView.as_view()),
    path("trainings/collections", CollectionsView.as_view()),
    path("trainings/collections/<str:collection_id>", CollectionView.as_view()),
    path("trainings/sweeps", SweepsView.as_view()),
    path("trainings/sweeps/<str:sweep_id>", SweepView.as_view()),
    path("trainings/<str:training_id>", TrainingView.as_view()),
    path("trainings/<str:training_id>/figures", TrainingFiguresView.as_view()),
    path("trainings/<str:training_id>/exports", TrainingExportsView.as_view()),
    re_path(r"^trainings/(?P<training_id>[^/]+)/(?P<action>cancel|resume)$", TrainingActionView.as_view()),
    path("questions/<str:question_id>", ConfirmedQuestionView.as_view()),
    path("bases/<str:slug>/versions", VersionsView.as_view()),
    path("bases/<str:slug>/difference", DifferenceView.as_view()),
    path("bases/<str:slug>/difference/<str:document_id>", DocumentDifferenceView.as_view()),
    path("bases/<str:slug>/rollback", RollbackView.as_view()),
    path("bases/<str:slug>/hints", HintsView.as_view()),
    re_path(r"^hints/(?P<hint_id>[^/]+)/(?P<action>dismiss|reopen)$", HintActionView.as_view()),
    path("documents/<str:document_id>/review", ReviewView.as_view()),
    path("bases/<str:slug>/vectors", SpacesView.as_view()),
    path("bases/<str:slug>/synonyms", SynonymsView.as_view()),
    path("synonyms/<str:synonyms_id>", SynonymGroupView.as_view()),
    path("bases/<str:slug>/references", ReferencesView.as_view()),
    path("documents/<str:document_id>", DocumentView.as_view()),
    path("documents/<str:document_id>/members", MembersView.as_view()),
    path("documents/<str:document_id>/revisions", EditionsView.as_view()),
    path("documents/<str:document_id>/revisions/<int:number>", EditionView.as_view()),
    path("jobs/<str:job_id>", JobView.as_view()),
    re_path(r"^jobs/(?P<job_id>[^/]+)/(?P<action>cancel|retry)$", JobActionView.as_view()),
    path("passages/<str:passage_id>", PassageView.as_view()),
    path("passages/<str:passage_id>/references", NeighboursView.as_view()),
    path("quarantine", QuarantineView.as_view()),
    re_path(r"^quarantine/(?P<passage_id>[^/]+)/(?P<action>release|remove)$", QuarantineActionView.as_view()),
    path("unanswered", ClustersView.as_view()),
    path("unanswered/<str:cluster_id>", ClusterView.as_view()),
    path("records/unanswered", UnansweredView.as_view()),
    path("records/<str:record_id>", RecordView.as_view()),
    path("records/<str:record_id>/reversal", ReversalView.as_view()),
    path("policies/personal-data", PersonalDataPoliciesView.as_view()),
    path("policies/personal-data/<str:policy_id>", PersonalDataPolicyView.as_view()),
    path("people/export", PersonExportView.as_view()),
    path("people/erasure", PersonErasureView.as_view()),
    path("audit/entries", EntriesView.as_view()),
    path("audit/entries/<str:entry_id>", EntryView.as_view()),
    path("audit/heads", HeadsView.as_view()),
    path("audit/export", ExportView.as_view()),
    path("", include("apps.api.source_urls")),
    path("", include("apps.api.release_urls")),
    path("", include("apps.api.judging_urls")),
    path("", include("apps.api.model_urls")),
    path("", include("apps.api.head_urls")),
    path("", include("apps.api.dataset_urls")),
    path("", include("apps.api.tool_urls")),
    path("", include("apps.api.prompt_urls")),
    path("", include("apps.api.access_urls")),
    path("", include("apps.api.signin_urls")),
    *([path("", include("apps.api.contract_urls"))] if "contract_review" in settings.VERTICALS else []),
    re_path(r"^[\s\S]*$", MissingView.as_view()),
]
