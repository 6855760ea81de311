"""Mappings that work as they are for exports of a usual form, and that a site then adapts."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

from qundao.intake import codes
from qundao.kernel.errors import fail
from qundao.kernel.words import Words

TEMPLATES: Mapping[str, Words] = MappingProxyType(
    {
        "hospital-omop": Words(
            "病案首页、门诊就诊、处方、检验结果（有哪样载哪样）→ OMOP CDM 5.4",
            "front pages, outpatient visits, prescriptions, lab results (any of them) to OMOP 5.4",
        ),
        "fhir-r4-omop": Words(
            "FHIR R4（NDJSON 或 Bundle）→ OMOP CDM 5.4",
            "FHIR R4 (NDJSON or a Bundle) to OMOP CDM 5.4",
        ),
        "omop-omop": Words("OMOP CDM 5.3 → OMOP CDM 5.4", "OMOP CDM 5.3 to OMOP CDM 5.4"),
        "sdtm": Words("SDTM 原样载入（SDTMIG 3.2）", "SDTM as it is (SDTMIG 3.2)"),
        "adam": Words("ADaM 原样载入（ADaMIG 1.1）", "ADaM as it is (ADaMIG 1.1)"),
    }
)
"""What there is, by name."""


def template(name: str) -> str:
    """Return a template's YAML as `mapping.read_mapping` reads it. Raises `intake.no_template`."""
    if name not in TEMPLATES:
        raise fail(codes.NO_TEMPLATE, name, "template", known=", ".join(TEMPLATES))
    return files(__name__).joinpath(f"{name}.yaml").read_text("utf-8")
