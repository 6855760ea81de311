"""Reads the tables of codes that a site is licensed for; the product ships none.

ICD-10 (国家临床版, 医保版), ICD-9-CM-3, 国家医保药品, ATC, LOINC, MedDRA and Athena's folder are
recognised by their headers or file names and come out in one shape (`table.SCHEMA`).
"""

from __future__ import annotations

from qundao.intake.code_tables.concepts import CONCEPT_SCHEMA, as_codes, as_concepts
from qundao.intake.code_tables.finding import files_of_tables, read_code_tables
from qundao.intake.code_tables.layouts import VOCABULARIES, Vocabulary
from qundao.intake.code_tables.report import report_lines
from qundao.intake.code_tables.table import SCHEMA, CodeTable

__all__ = [
    "CONCEPT_SCHEMA",
    "SCHEMA",
    "VOCABULARIES",
    "CodeTable",
    "Vocabulary",
    "as_codes",
    "as_concepts",
    "files_of_tables",
    "read_code_tables",
    "report_lines",
]
