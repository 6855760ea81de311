"""Addresses of this desk's pages."""

from __future__ import annotations

from django.urls import path

from qundao.hub.studies import views

urlpatterns = [
    path("studies/", views.studies, name="studies"),
    path("studies/start/<str:permit_id>/", views.start, name="start_study"),
    path("studies/outputs/", views.outputs, name="outputs"),
    path("studies/outputs/<str:output_id>/", views.output, name="output"),
    path("studies/outputs/<str:output_id>/result.json", views.numbers, name="output_numbers"),
    path("studies/rounds/<str:run_id>/retry/", views.retry, name="retry_round"),
    path("studies/<str:study_id>/", views.study, name="study"),
]
