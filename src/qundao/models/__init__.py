"""The standard models, as data: which tables, fields, keys and code systems each declares."""

from __future__ import annotations

from qundao.models.cdisc import cdisc
from qundao.models.codesystems import CodeSystem, code_system, code_systems
from qundao.models.detect import ModelVersion, detect, model_of
from qundao.models.model import Field, Foreign, Kind, Model, Table
from qundao.models.omop import OMOP_VERSIONS, omop

__all__ = [
    "OMOP_VERSIONS",
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
    "detect",
    "model_of",
    "omop",
]
