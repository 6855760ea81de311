"""The main navigation: which desks a reader is offered, in the order of the work."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from qundao.hub.common.actors import VISITOR, Actor
from qundao.kernel.roles import Role
from qundao.kernel.words import Words

EVERYBODY = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Desk:
    """One entry: its name, the url name of its first page, and who is offered it.

    `visitors` says whether people who have not signed in are offered it too.
    """

    title: Words
    route: str
    roles: frozenset[Role] = EVERYBODY
    visitors: bool = False

    def offered_to(self, actor: Actor) -> bool:
        """Tell whether this actor finds the desk in the navigation."""
        return (self.visitors and actor.kind == "visitor") or actor.has(*self.roles)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as shown: `current` on every page of the desk, `exact` on its first page."""

    title: Words
    url: str
    current: bool
    exact: bool


DESKS = (
    Desk(Words("网络概览", "Network"), "home", visitors=True),
    Desk(Words("我的工作台", "My desk"), "desk"),
    Desk(Words("数据目录", "Catalogue"), "catalogue", visitors=True),
    Desk(
        Words("人群定义", "Cohorts"),
        "cohorts",
        frozenset({Role.RESEARCHER, Role.STEWARD, Role.REVIEWER}),
    ),
    Desk(Words("试算人数", "Feasibility"), "explore", frozenset({Role.RESEARCHER})),
    Desk(
        Words("数据使用申请", "Applications"),
        "applications",
        frozenset({Role.RESEARCHER, Role.STEWARD, Role.OPERATOR}),
    ),
    Desk(Words("审查", "Review"), "reviews", frozenset({Role.REVIEWER})),
    Desk(
        Words("研究", "Studies"),
        "studies",
        frozenset({Role.RESEARCHER, Role.REVIEWER, Role.OPERATOR, Role.AUDITOR, Role.STEWARD}),
    ),
    Desk(
        Words("积分", "Credits"),
        "credits",
        frozenset({Role.RESEARCHER, Role.STEWARD, Role.OPERATOR, Role.AUDITOR}),
    ),
    Desk(
        Words("节点", "Nodes"),
        "nodes",
        frozenset({Role.STEWARD, Role.OPERATOR, Role.AUDITOR}),
    ),
    Desk(Words("成员与用户", "Members"), "members", frozenset({Role.OPERATOR})),
    Desk(Words("规则", "Rules"), "rules", frozenset({Role.OPERATOR})),
    Desk(Words("审计", "Audit"), "audit", frozenset({Role.AUDITOR, Role.OPERATOR})),
    Desk(Words("怎么参加", "How to take part"), "guide", frozenset(), visitors=True),
)


def navigation(request: HttpRequest, actor: Actor = VISITOR) -> tuple[Entry, ...]:
    """Return the entries for one reader, the present desk marked."""
    offered = [(d, reverse(d.route)) for d in DESKS if d.offered_to(actor)]
    path = f"/cohorts{request.path}" if request.path == "/vocabulary/" else request.path
    below = (u for _, u in offered if u != "/" and path.startswith(u))
    here = max(below, key=len, default="/" if path == "/" else "")
    return tuple(Entry(d.title, url, url == here, url == request.path) for d, url in offered)
