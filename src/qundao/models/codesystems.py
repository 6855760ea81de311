"""Code systems by name: ids, names and URIs only. The product ships none of their content."""

from __future__ import annotations

from dataclasses import dataclass

from qundao.kernel.errors import fail
from qundao.kernel.words import Words
from qundao.models.codes import UNKNOWN_MODEL


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """A code system. `id` is OMOP's vocabulary_id, `uri` what FHIR calls it (None: it has none)."""

    id: str
    name: Words
    uri: str | None
    owner: str


_SYSTEMS = (
    CodeSystem("LOINC", Words("LOINC 检验代码", "LOINC"), "http://loinc.org", "Regenstrief"),
    CodeSystem(
        "SNOMED",
        Words("SNOMED CT 医学术语", "SNOMED CT"),
        "http://snomed.info/sct",
        "SNOMED International",
    ),
    CodeSystem(
        "RxNorm",
        Words("RxNorm 药品术语", "RxNorm"),
        "http://www.nlm.nih.gov/research/umls/rxnorm",
        "NLM",
    ),
    CodeSystem(
        "MedDRA",
        Words("MedDRA 监管活动医学词典", "MedDRA"),
        "https://www.meddra.org",
        "ICH",
    ),
    CodeSystem(
        "ICD10CN",
        Words("ICD-10 国家临床版（疾病分类）", "ICD-10, Chinese clinical modification"),
        None,
        "国家卫生健康委员会",
    ),
)
_BY_ID = {s.id.lower(): s for s in _SYSTEMS}


def code_systems() -> tuple[CodeSystem, ...]:
    """Return every code system that the product knows by name."""
    return _SYSTEMS


def code_system(vocabulary_id: str) -> CodeSystem:
    """Return one code system; the id ignores case. Raises `models.unknown_model`."""
    found = _BY_ID.get(vocabulary_id.lower())
    if found is None:
        known = ", ".join(s.id for s in _SYSTEMS)
        raise fail(UNKNOWN_MODEL, vocabulary_id, known=known)
    return found
