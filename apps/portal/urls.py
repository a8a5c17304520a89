from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from apps.portal import views
from sunmao.answering import pages
from sunmao.knowledge.pages import document

portal = [
    path("", views.home, name="home"),
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("first-run/<str:token>/", views.first_run, name="first_run"),
    path("answers/<uuid:exchange_id>/stream/", pages.stream, name="stream"),
    path("answers/<uuid:exchange_id>/stop/", pages.stop, name="stop"),
    path("answers/<uuid:exchange_id>/feedback/", pages.feedback, name="feedback"),
    path("passages/<uuid:passage_id>/", views.passage, name="passage"),
    path("passages/<uuid:passage_id>/document/", document, name="document"),
]
urlpatterns = [
    path("favicon.ico", views.favicon),
    path("", include((portal, "portal"))),
    path("language/", views.set_language, name="set_language"),
]
