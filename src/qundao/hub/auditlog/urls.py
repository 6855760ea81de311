"""Addresses of this desk's pages."""

from __future__ import annotations

from django.urls import path

from qundao.hub.auditlog import views

urlpatterns = [
    path("audit/", views.audit, name="audit"),
    path("audit/verify/", views.verify, name="audit_verify"),
    path("audit/bundle/", views.bundle, name="audit_bundle"),
    path("audit/head.json", views.head, name="audit_head"),
    path("audit/events/<int:sequence>/", views.event, name="audit_event"),
    path("audit/events/<int:sequence>/receipt.json", views.receipt, name="audit_receipt"),
]
