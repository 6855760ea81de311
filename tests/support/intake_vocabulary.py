"""A vocabulary of a dozen concepts, in the files that Athena gives out.

Ids and codes of the standard concepts are facts of the OMOP vocabularies; the rest is made up.
"""

from __future__ import annotations

from pathlib import Path

_CONCEPTS = (
    (320128, "Essential hypertension", "Condition", "SNOMED", "S", "59621000", ""),
    (201826, "Type 2 diabetes mellitus", "Condition", "SNOMED", "S", "44054006", ""),
    (4198190, "Appendectomy", "Procedure", "SNOMED", "S", "80146002", ""),
    (1, "Essential (primary) hypertension", "Condition", "ICD10", "", "I10", ""),
    (2, "Type 2 diabetes, without complications", "Condition", "ICD10", "", "E11.9", ""),
    (3, "Type 2 diabetes", "Condition", "ICD10", "", "E11", ""),
    (4, "Laparoscopic appendectomy", "Procedure", "ICD9Proc", "", "47.01", ""),
    (5, "Retired thing", "Condition", "SNOMED", "S", "OLD1", "D"),
    (6, "Mapped no longer", "Condition", "ICD10", "", "OLD2", ""),
    (7, "Without standard", "Condition", "ICD10", "", "NONE", ""),
)
_MAPS = ((1, 320128, ""), (2, 201826, ""), (3, 201826, ""), (4, 4198190, ""), (6, 320128, "D"))
_SYNONYMS = ((320128, "高血压病"), (201826, "2型糖尿病"), (7, "无标准"))
_DAYS = "19700101\t20991231"


def write_vocabulary(folder: Path) -> Path:
    """Write CONCEPT.csv, CONCEPT_RELATIONSHIP.csv and CONCEPT_SYNONYM.csv; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    concepts = [
        "concept_id\tconcept_name\tdomain_id\tvocabulary_id\tconcept_class_id\tstandard_concept\t"
        "concept_code\tvalid_start_date\tvalid_end_date\tinvalid_reason"
    ]
    concepts += [
        f"{i}\t{name}\t{domain}\t{vocabulary}\tClass\t{standard}\t{code}\t{_DAYS}\t{invalid}"
        for i, name, domain, vocabulary, standard, code, invalid in _CONCEPTS
    ]
    maps = [
        "concept_id_1\tconcept_id_2\trelationship_id\tvalid_start_date\tvalid_end_date\t"
        "invalid_reason"
    ]
    maps += [f"{a}\t{b}\tMaps to\t{_DAYS}\t{invalid}" for a, b, invalid in _MAPS]
    maps += [f"{a}\t{b}\tIs a\t{_DAYS}\t" for a, b, _ in _MAPS]
    synonyms = ["concept_id\tconcept_synonym_name\tlanguage_concept_id"]
    synonyms += [f"{i}\t{name}\t4182948" for i, name in _SYNONYMS]
    for name, lines in (
        ("CONCEPT", concepts),
        ("CONCEPT_RELATIONSHIP", maps),
        ("CONCEPT_SYNONYM", synonyms),
    ):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder
