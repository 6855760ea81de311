"""Addresses of this desk's pages."""

from __future__ import annotations

from django.urls import path

from qundao.hub.catalogue import views

urlpatterns = [
    path("catalogue/", views.catalogue, name="catalogue"),
    path("catalogue/<str:accession>/", views.dataset, name="dataset"),
    path("catalogue/<str:accession>/variables/", views.variables, name="variables"),
    path("catalogue/<str:accession>/withdraw/", views.withdraw, name="withdraw_dataset"),
]
