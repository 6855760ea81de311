"""Addresses of this desk's pages."""

from __future__ import annotations

from django.urls import path

from qundao.hub.ledger import views

urlpatterns = [
    path("credits/", views.statement, name="credits"),
    path("credits/tariff/", views.tariff, name="tariff"),
    path("credits/grant/", views.grant, name="grant"),
    path("credits/<str:member_id>/", views.statement, name="credits_of"),
]
