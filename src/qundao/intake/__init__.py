"""From what an organisation holds today to a declared standard model."""

from __future__ import annotations

from qundao.intake.eunomia import clean_eunomia, eunomia_file
from qundao.intake.pilot import PILOT_TABLES, write_pilot

__all__ = ["PILOT_TABLES", "clean_eunomia", "eunomia_file", "write_pilot"]
