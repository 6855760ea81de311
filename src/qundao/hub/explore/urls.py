"""Addresses of this desk's pages."""

from __future__ import annotations

from django.urls import path

from qundao.hub.explore import views

urlpatterns = [
    path("explore/", views.explore, name="explore"),
    path("explore/words/", views.words, name="explore_words"),
    path("explore/<str:question_id>/", views.question, name="question"),
]
