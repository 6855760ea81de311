"""Addresses of this desk's pages."""

from __future__ import annotations

from django.urls import path

from qundao.hub.applications import views, views_draft, views_office

urlpatterns = [
    path("applications/", views.applications, name="applications"),
    path("applications/new/", views_draft.new, name="new_application"),
    path("applications/<str:application_id>/", views.application, name="application"),
    path("applications/<str:application_id>/agreement/", views.agreement, name="agreement"),
    path("applications/<str:application_id>/check/", views_draft.check, name="check_draft"),
    path("applications/<str:application_id>/edit/<str:step>/", views_draft.edit, name="edit_draft"),
    path("applications/<str:application_id>/design/<str:kind>/", views_draft.design, name="design"),
    path("applications/<str:application_id>/do/<str:name>/", views.act, name="act"),
    path("reviews/", views.reviews, name="reviews"),
    path("rules/", views_office.rules, name="rules"),
    path("rules/calendar/", views_office.load_calendar, name="load_calendar"),
    path("rules/sign-off/", views_office.sign_off, name="sign_off"),
]
