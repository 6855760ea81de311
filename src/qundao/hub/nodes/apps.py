"""The Django configuration of this desk."""

from __future__ import annotations

from django.apps import AppConfig


class NodesConfig(AppConfig):
    """Members' nodes: enrolment, the gateway they dial, and the messages that wait for them."""

    name = "qundao.hub.nodes"
    label = "nodes"
    verbose_name = "成员节点"
