"""Addresses of this desk's pages."""

from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

from qundao.hub.members import views

urlpatterns = [
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("language/", set_language, name="language"),
    path("account/", views.account, name="account"),
    path("account/password/", views.password, name="password"),
    path("account/tokens/", views.new_token, name="new_token"),
    path("account/tokens/<str:token>/revoke/", views.revoke_token, name="revoke_token"),
    path("members/", views.members, name="members"),
    path("members/admit/", views.admit, name="admit"),
    path("members/alliances/new/", views.new_alliance, name="new_alliance"),
    path("members/<str:member_id>/", views.member, name="member"),
    path("members/<str:member_id>/suspend/", views.suspend, name="suspend_member"),
    path("members/<str:member_id>/readmit/", views.readmit, name="readmit_member"),
    path("users/", views.users, name="users"),
    path("users/new/", views.new_user, name="new_user"),
    path("users/<str:username>/", views.user, name="user"),
    path("users/<str:username>/roles/", views.roles, name="roles"),
    path("users/<str:username>/disable/", views.disable, name="disable"),
]
