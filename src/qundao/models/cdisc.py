"""CDISC: the SDTM domains and ADaM datasets that the product reads."""

from __future__ import annotations

from functools import cache

from qundao.kernel.errors import fail
from qundao.models.codes import UNKNOWN_MODEL
from qundao.models.declared import declared_tables
from qundao.models.model import Model

_FILES = {"sdtm": ("sdtm-3.2",), "adam": ("adam-1.1",), "": ("sdtm-3.2", "adam-1.1")}
CDISC_VERSION = "sdtm-3.2+adam-1.1"


@cache
def cdisc(standard: str = "") -> Model:
    """Return SDTM (`sdtm`), ADaM (`adam`) or, by default, both as one model.

    The versions are those of the implementation guides, SDTMIG 3.2 and ADaMIG 1.1.
    Raises `models.unknown_model`.
    """
    if standard not in _FILES:
        raise fail(UNKNOWN_MODEL, f"cdisc {standard}", known="sdtm, adam")
    names = _FILES[standard]
    tables = tuple(t for name in names for t in declared_tables(name))
    return Model("cdisc", "+".join(names), tables)
