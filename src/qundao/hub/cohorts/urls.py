"""Addresses of this desk's pages."""

from __future__ import annotations

from django.urls import path

from qundao.hub.cohorts import views, views_builder

urlpatterns = [
    path("cohorts/", views.cohorts, name="cohorts"),
    path("cohorts/upload/", views.upload, name="cohort_upload"),
    path("cohorts/concepts/", views_builder.concepts, name="cohort_concepts"),
    path("cohorts/build/", views_builder.build, name="cohort_build"),
    path("cohorts/drafts/<str:draft_id>/", views_builder.draft, name="cohort_draft"),
    path("cohorts/drafts/<str:draft_id>/words/", views_builder.words, name="cohort_words"),
    path("cohorts/drafts/<str:draft_id>/drop/", views_builder.drop, name="cohort_drop"),
    path("cohorts/<str:cohort_id>/", views.cohort, name="cohort"),
    path("cohorts/<str:cohort_id>/upload/", views.upload, name="cohort_upload_version"),
    path("cohorts/<str:cohort_id>/retire/", views.retire, name="cohort_retire"),
    path("cohorts/<str:cohort_id>/<int:number>/", views.cohort, name="cohort_version"),
    path("cohorts/<str:cohort_id>/<int:number>/circe/", views.circe, name="cohort_circe"),
    path("cohorts/<str:cohort_id>/<int:number>/open/", views_builder.open_in, name="cohort_open"),
    path("cohorts/<str:cohort_id>/<int:number>/propose/", views.propose, name="cohort_propose"),
    path("cohorts/<str:cohort_id>/<int:number>/decide/", views.decide, name="cohort_decide"),
    path("cohorts/<str:cohort_id>/<int:number>/withdraw/", views.withdraw, name="cohort_withdraw"),
]
