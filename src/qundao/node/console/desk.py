"""What the console's pages and endpoints work with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qs

from starlette.requests import Request

from qundao.kernel.errors import QundaoError, fail
from qundao.node.codes import FORGED_REQUEST
from qundao.node.console.guard import LARGEST_BODY
from qundao.node.console.sessions import Session, Sessions, same_text
from qundao.node.office import Office


class Contact(Protocol):
    """When the hub was last heard, and what went wrong since."""

    heard_at: str | None
    error: QundaoError | None


@dataclass(slots=True)
class NoContact:
    """A console whose agent does not run."""

    heard_at: str | None = None
    error: QundaoError | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """One console: the node, its sessions, its bearer token and port."""

    office: Office
    port: int
    api_token: str
    sessions: Sessions
    contact: Contact = field(default_factory=NoContact)

    @property
    def cookie(self) -> str:
        """Return the session cookie's name; cookies know no ports, so the name does."""
        return f"qundao_console_{self.port}"

    def session(self, request: Request) -> Session | None:
        """Return the session of a request, or None."""
        return self.sessions.find(request.cookies.get(self.cookie))

    def person(self, request: Request) -> str | None:
        """Return the id of the person who signed in; None by the machine's own code."""
        session = self.session(request)
        return session.person.id if session and session.person else None


async def read_form(request: Request) -> dict[str, str]:
    """Read a form as plain pairs. Raises `node.forged_request` on another type or size."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/x-www-form-urlencoded":
        raise fail(FORGED_REQUEST, kind[:60], "Content-Type")
    body = await request.body()
    if len(body) > LARGEST_BODY:
        raise fail(FORGED_REQUEST, f"{len(body)} B", "body")
    try:
        pairs = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=50)
    except ValueError as error:
        raise fail(FORGED_REQUEST, str(error)[:60], "body") from error
    return {name: values[-1] for name, values in pairs.items()}


def check_csrf(session: Session, form: dict[str, str]) -> None:
    """Raise `node.forged_request` unless the form carries the session's own token."""
    if not same_text(form.get("csrf", ""), session.csrf):
        raise fail(FORGED_REQUEST, "another token", "csrf")
