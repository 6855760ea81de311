"""Addresses of the first screens."""

from __future__ import annotations

from django.urls import path

from qundao.hub.pages import views

urlpatterns = [
    path("", views.home, name="home"),
    path("desk/", views.desk, name="desk"),
    path("guide/", views.guide, name="guide"),
]
