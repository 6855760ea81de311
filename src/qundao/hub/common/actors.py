"""Who acts: a user in roles, a node, a visitor, or the hub itself."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from qundao.hub.codes import FORBIDDEN
from qundao.kernel.errors import Problem, problem
from qundao.kernel.roles import Role

Kind = Literal["user", "node", "visitor", "hub"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `id` is what the audit log keeps; `organisation` is empty for the hub's own.

    Roles belong to users; a node acts for the organisation that runs it.
    """

    kind: Kind
    id: str
    organisation: str = ""
    roles: frozenset[Role] = frozenset()

    def has(self, *roles: Role) -> bool:
        """Tell whether the actor holds one of the roles."""
        return not self.roles.isdisjoint(roles)


HUB_ACTOR = Actor("hub", "hub")
"""The hub acting by itself (start-up, expiry, the operator at the command line)."""
VISITOR = Actor("visitor", "visitor")
"""Somebody who has not signed in."""

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request or envelope being served; audit events carry it."""


def role_problem(actor: Actor, roles: Iterable[Role], where: str = "") -> Problem:
    """Return the refusal `hub.forbidden`: which roles would be needed, which are held."""
    names = [role.words for role in sorted(roles)]
    held = ", ".join(sorted(actor.roles)) or actor.kind
    zh = "、".join(n.zh for n in names) or "平台自身"
    en = " or ".join(n.en for n in names) or "of the hub itself"
    return problem(FORBIDDEN, held, where, zh=zh, en=en)


def node_actor(node: str, organisation: str) -> Actor:
    """Return the actor for a node's message."""
    return Actor("node", f"node:{node}", organisation)
