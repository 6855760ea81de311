"""Finds the reader for a source: by the format that is told, or by the file's name."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from qundao.intake import codes
from qundao.intake.limits import DEFAULT_LIMITS, Limits
from qundao.intake.source import Reader
from qundao.kernel.errors import fail

FORMATS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "delimited": (".csv", ".tsv", ".txt", ".csv.gz"),
        "excel": (".xlsx", ".xlsm", ".xls"),
        "parquet": (".parquet",),
        "xpt": (".xpt",),
        "sas7bdat": (".sas7bdat",),
        "dataset_json": (".dataset.json", ".dataset.ndjson", ".dsj"),
        "odm": (".odm.xml", ".odm"),
        "fhir": (".fhir.json", ".fhir.ndjson", ".ndjson", ".bundle.json"),
        "hl7": (".hl7", ".oru"),
    }
)
"""Each format, which is the module that reads it, and how the names of its files end."""


def open_source(
    path: Path,
    *,
    format_: str = "",
    options: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Reader:
    """Open a file with the reader of its format. Raises `intake.*`.

    `options` are the reader's own (a sheet's header row, a delimiter, an encoding …).
    """
    if not path.exists():
        raise fail(codes.SOURCE_MISSING, str(path), "source")
    name = format_ or format_of(path)
    if name not in FORMATS:
        raise fail(codes.UNKNOWN_FORMAT, format_ or path.name, "source", known=", ".join(FORMATS))
    module = import_module(f"qundao.intake.readers.{name}")
    reader: Reader = module.open_file(path, dict(options or {}), limits)
    return reader


def format_of(path: Path) -> str:
    """Return the format by the file's name, the longest ending first; empty where none fits."""
    endings = ((ending, name) for name, own in FORMATS.items() for ending in own)
    fitting = [(len(e), name) for e, name in endings if path.name.lower().endswith(e)]
    return max(fitting)[1] if fitting else ""
