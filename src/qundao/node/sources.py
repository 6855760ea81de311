"""Opening a member's source for one computation: read-only, bounded, and the one registered."""

from __future__ import annotations

import os

from qundao.engines import EngineOptions, OpenEngine, open_engine
from qundao.kernel.errors import fail
from qundao.node import environment, fingerprint
from qundao.node.codes import SOURCE_CHANGED
from qundao.node.datasets import Version


def open_source(dsn: str) -> OpenEngine:
    """Open a source within the node's limits. Raises `engines.*`."""
    memory = environment.ENGINE_MB.value(os.environ)
    threads = environment.ENGINE_THREADS.value(os.environ)
    return open_engine(dsn, options=EngineOptions(memory_mb=memory, threads=threads))


def open_version(version: Version) -> OpenEngine:
    """Open a registered version. Raises `node.source_changed` and `engines.*`."""
    if not fingerprint.same(version.dsn, version.fingerprint):
        raise fail(SOURCE_CHANGED, version.name, accession=version.accession)
    return open_source(version.dsn)
