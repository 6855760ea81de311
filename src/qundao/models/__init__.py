"""The standard models, as data: which tables, fields, keys and code systems each declares."""

from __future__ import annotations

from qundao.models.cdisc import cdisc
from qundao.models.codesystems import CodeSystem, code_system, code_systems
from qundao.models.described import (
    OWN,
    described,
    misfits,
    model_from_json,
    model_to_json,
)
from qundao.models.detect import ModelVersion, detect, model_of
from qundao.models.model import Field, Foreign, Kind, Model, Table
from qundao.models.omop import OMOP_VERSIONS, omop

__all__ = [
    "OMOP_VERSIONS",
    "OWN",
    "CodeSystem",
    "Field",
    "Foreign",
    "Kind",
    "Model",
    "ModelVersion",
    "Table",
    "cdisc",
    "code_system",
    "code_systems",
    "described",
    "detect",
    "misfits",
    "model_from_json",
    "model_of",
    "model_to_json",
    "omop",
]
