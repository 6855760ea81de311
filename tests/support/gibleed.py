"""GiBleed for tests: the package's synthetic file, cleaned once into a cached temporary folder."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from qundao.intake import clean_eunomia, eunomia, eunomia_file


def gibleed_file(*, where: str | None = None) -> Path:
    """Return a clean, typed OMOP 5.3 DuckDB file (2,694 persons, fewer with `where`)."""
    source = eunomia_file()
    made_of = f"{source.stat().st_size} {Path(eunomia.__file__).read_text()} {where}"
    name = hashlib.sha256(made_of.encode()).hexdigest()[:16]
    target = Path(tempfile.gettempdir()) / "qundao-tests" / f"gibleed-{name}.duckdb"
    if not target.exists():
        clean_eunomia(source, target, where=where)
    return target


HOSPITAL_1 = "person_id % 2 = 0 or person_id % 20 = 1"
HOSPITAL_2 = "person_id % 2 = 1 or person_id % 20 = 2"
