"""From what an organisation holds today to a declared standard model."""

from __future__ import annotations

from qundao.intake.eunomia import clean_eunomia, eunomia_file
from qundao.intake.pilot import PILOT_TABLES, STUDY_TABLES, write_pilot, write_study

__all__ = [
    "PILOT_TABLES",
    "STUDY_TABLES",
    "clean_eunomia",
    "eunomia_file",
    "write_pilot",
    "write_study",
]
