"""Every write is an action: keyword-only, permitted, one transaction, one audit event.

    @action(Role.OPERATOR)
    def admit_member(*, actor: Actor, alliance: Alliance, …) -> Done[Organisation]:
        …
        return done(member, "member.admitted", member.id, kind=member.kind)

Calling it checks the actor, opens the transaction, runs the body, appends the event and commits;
when anything fails, nothing of it remains. An action that calls another joins its transaction:
events are kept back and appended last, because the log's lock is the one that all writers share.
`admit_member.can(actor)` asks without doing, for pages.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial, update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

from django.db import transaction

from qundao.audit.actions import action_named
from qundao.hub.auditlog.log import Entry, append_entries
from qundao.hub.codes import NOT_SIGNED_IN
from qundao.hub.common.actors import Actor, Kind, request_id, role_problem
from qundao.kernel.errors import Problem, problem, raise_if
from qundao.kernel.faults import declare_fault_point, fault_point
from qundao.kernel.roles import Role

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Note:
    """What an action wants the log to say: which audit action, about what, with which facts."""

    action: str
    subject: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Done(Generic[R]):
    """What an action's body returns: its result and its one event.

    No event when nothing happened: a repetition, or a result that an inner action has logged.
    """

    value: R
    note: Note | None


def done(value: R, audit_action: str, subject: str = "", **details: Any) -> Done[R]:
    """Return an action's result with its event. Raises `audit.bad_action` on an unknown name."""
    return Done(value, Note(action_named(audit_action).name, subject, details))


def nothing_new(value: R) -> Done[R]:
    """Return a result that leaves no event: nothing happened beyond what is logged already."""
    return Done(value, None)


@dataclass(slots=True)
class Work:
    """A transaction under way and the events that it will append."""

    name: str
    entries: list[Entry] = field(default_factory=list)

    def note(self, actor: Actor, note: Note) -> None:
        """Keep one event back until just before the commit."""
        self.entries.append(
            Entry(
                actor.id,
                actor.organisation,
                note.action,
                note.subject,
                note.details,
                request_id.get(),
            )
        )


_current: ContextVar[Work | None] = ContextVar("hub_work", default=None)


def declare_work(name: str) -> str:
    """Declare the fault points of a unit of work and return its name."""
    for moment in ("before_commit", "after_commit"):
        declare_fault_point(f"hub.{name}.{moment}")
    return name


@contextmanager
def unit_of_work(name: str) -> Iterator[Work]:
    """Open the transaction of an action, or join the one under way (as a savepoint).

    Passes the fault points `hub.<name>.before_commit` and `hub.<name>.after_commit`; what has
    joined passes its first where it ends, and its second when the whole has committed.
    """
    under_way = _current.get()
    if under_way is None:
        with _opened(Work(name)) as work:
            yield work
        fault_point(f"hub.{name}.after_commit")
        return
    with _joined(under_way):
        yield under_way
        fault_point(f"hub.{name}.before_commit")
        transaction.on_commit(partial(fault_point, f"hub.{name}.after_commit"))


@contextmanager
def _opened(work: Work) -> Iterator[Work]:
    token = _current.set(work)
    try:
        with transaction.atomic(durable=True):
            yield work
            append_entries(work.entries)
            fault_point(f"hub.{work.name}.before_commit")
    finally:
        _current.reset(token)


@contextmanager
def _joined(work: Work) -> Iterator[None]:
    kept = len(work.entries)
    try:
        with transaction.atomic():
            yield
    except BaseException:
        del work.entries[kept:]
        raise


def require_transaction(what: str) -> None:
    """Raise RuntimeError when `what` is called outside of an action."""
    if _current.get() is None:
        raise RuntimeError(f"{what} must be called inside an action, so that it commits with it")


class Action(Generic[P, R]):
    """A write that knows who may do it. Call it with keywords; the first is `actor`."""

    def __init__(
        self, body: Callable[P, Done[R]], roles: frozenset[Role], kinds: frozenset[Kind]
    ) -> None:
        _check_signature(body)
        self._body = body
        self.roles = roles
        self.kinds = kinds
        self.name = declare_work(body.__name__)
        update_wrapper(self, body)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Do it. Raises `hub.forbidden` or `hub.not_signed_in`, and what the body raises."""
        actor = kwargs["actor"]
        if not isinstance(actor, Actor):
            raise TypeError(f"an Actor is required, received {actor!r}")
        refused = self.refusal(actor)
        raise_if([refused] if refused else [])
        with unit_of_work(self.name) as work:
            result = self._body(*args, **kwargs)
            if result.note:
                work.note(actor, result.note)
        return result.value

    def refusal(self, actor: Actor) -> Problem | None:
        """Return why this actor may not do it at all, or None."""
        if actor.kind == "hub" or actor.kind in self.kinds or actor.has(*self.roles):
            return None
        if actor.kind == "visitor":
            return problem(NOT_SIGNED_IN, "", self.name)
        return role_problem(actor, self.roles, self.name)

    def can(self, actor: Actor) -> bool:
        """Tell whether this actor may do it, as far as roles go."""
        return self.refusal(actor) is None


_ACTIONS: dict[str, Action[..., Any]] = {}


def action(
    *roles: Role, kinds: tuple[Kind, ...] = ()
) -> Callable[[Callable[P, Done[R]]], Action[P, R]]:
    """Make a function an action for holders of one of `roles`, or for all actors of `kinds`.

    The hub itself may do everything. Raises ValueError when the name is taken, TypeError when
    the function takes positional arguments or no `actor`.
    """

    def decorate(body: Callable[P, Done[R]]) -> Action[P, R]:
        made = Action(body, frozenset(roles), frozenset(kinds))
        if made.name in _ACTIONS:
            raise ValueError(f"an action called {made.name!r} exists already")
        _ACTIONS[made.name] = made
        return made

    return decorate


def declared_hub_actions() -> Mapping[str, Action[..., Any]]:
    """Return every action of the desks imported so far, by name."""
    return dict(sorted(_ACTIONS.items()))


def _check_signature(body: Callable[..., Any]) -> None:
    parameters = inspect.signature(body).parameters.values()
    if any(p.kind is not inspect.Parameter.KEYWORD_ONLY for p in parameters):
        raise TypeError(f"{body.__name__}: an action takes keyword-only arguments")
    if "actor" not in {p.name for p in parameters}:
        raise TypeError(f"{body.__name__}: an action takes its actor")
