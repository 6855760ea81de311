"""Circe cohort expressions, the exchange format of OHDSI phenotypes: read exactly, written back.

After OHDSI circe-be (Apache-2.0): its JSON says what is asked, its SQL how it is meant.
"""

from __future__ import annotations

from qundao.query.circe.read import read_circe
from qundao.query.circe.write import write_circe

__all__ = ["read_circe", "write_circe"]
