"""What this desk does with nodes' messages."""

from __future__ import annotations

from typing import Any

from qundao.access.terms import read_data_use
from qundao.catalogue.version import read_version
from qundao.hub.catalogue.actions import register_version
from qundao.hub.nodes.handlers import handles
from qundao.hub.nodes.models import Node
from qundao.protocol.messages import RegisterDataset


@handles(RegisterDataset)
def register(node: Node, message: RegisterDataset) -> dict[str, Any]:
    """Register a dataset version; the receipt tells its accession and what it earned.

    Data-use terms that are no DUO terms are refused (`access.bad_terms`): nobody could keep them.
    """
    facts = read_version(message.to_json())
    if "data_use" in facts.labels:
        read_data_use(facts.labels["data_use"])
    registered = register_version(actor=node.actor, node=node, facts=facts)
    version = registered.version
    return {
        "accession": version.accession,
        "again": registered.again,
        "minted": 0 if registered.again else version.minted,
    }
