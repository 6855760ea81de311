"""What other desks do with nodes' messages: each fills its type in this table when it loads.

    @handles(RegisterDataset)
    def register(node: Node, message: RegisterDataset) -> dict[str, Any]: …

A handler runs inside the transaction that takes the message, calls an action (which leaves the
event) and returns the receipt's `result`. A `QundaoError` is a final no: nothing of the handler
remains, and the receipt carries the problems. Any other exception means "not now": the node
keeps the message and sends it again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from qundao.hub.nodes.codes import NOT_TAKEN
from qundao.hub.nodes.models import Node
from qundao.kernel.errors import fail
from qundao.protocol.messages import BY_TYPE, NODE_TO_HUB, Message, read_body

M = TypeVar("M", bound=Message)
Handler = Callable[[Node, Any], dict[str, Any]]
handlers: dict[str, Handler] = {}


def handles(
    kind: type[M],
) -> Callable[[Callable[[Node, M], dict[str, Any]]], Callable[[Node, M], dict[str, Any]]]:
    """Put a function into the table. Raises ValueError for a type that is not a node's or taken."""
    if kind not in NODE_TO_HUB:
        raise ValueError(f"a message from node to hub is required, received {kind.type}")

    def put(handler: Callable[[Node, M], dict[str, Any]]) -> Callable[[Node, M], dict[str, Any]]:
        if handlers.setdefault(kind.type, handler) is not handler:
            raise ValueError(f"{kind.type} has a handler already")
        return handler

    return put


def handle(node: Node, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """Read a message's body and hand it over. Raises `nodes.not_taken`, `protocol.bad_message`."""
    if kind not in handlers:
        raise fail(NOT_TAKEN, kind, "type", required=", ".join(sorted(handlers)) or "–")
    return handlers[kind](node, read_body(BY_TYPE[kind], body))
