"""Addresses of this desk's pages."""

from __future__ import annotations

from django.urls import path

from qundao.hub.nodes import views

urlpatterns = [
    path("nodes/", views.nodes, name="nodes"),
    path("nodes/<str:node_id>/", views.node, name="node"),
    path("nodes/<str:node_id>/revoke/", views.revoke, name="revoke_node"),
    path("members/<str:member_id>/code/", views.enrolment_code, name="enrolment_code"),
]
