"""Addresses of this desk's pages."""

from __future__ import annotations

from django.urls import path

from qundao.hub.vocabulary import views

urlpatterns = [path("vocabulary/", views.vocabulary, name="vocabulary")]
