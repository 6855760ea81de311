"""OMOP CDM in the versions that the product reads."""

from __future__ import annotations

from functools import cache

from qundao.kernel.errors import fail
from qundao.models.codes import UNKNOWN_MODEL
from qundao.models.declared import declared_tables
from qundao.models.model import Model

OMOP_VERSIONS = ("5.3", "5.4")


@cache
def omop(version: str) -> Model:
    """Return OMOP CDM `version` (5.3 or 5.4). Raises `models.unknown_model`."""
    if version not in OMOP_VERSIONS:
        raise fail(UNKNOWN_MODEL, f"omop {version}", known=", ".join(OMOP_VERSIONS))
    return Model("omop", version, declared_tables(f"omop-{version}"))
