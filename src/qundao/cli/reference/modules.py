"""Finds the modules that declare something, by the text of their files, and imports them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import qundao

ROOT = Path(next(iter(qundao.__path__)))


def modules_with(text: str) -> Iterator[ModuleType]:
    """Yield every module of the product whose source holds `text`, in order of their names."""
    files = sorted(f for f in ROOT.rglob("*.py") if "migrations" not in f.parts)
    for file in files:
        if text in file.read_text("utf-8"):
            yield importlib.import_module(module_name(file))


def module_name(file: Path) -> str:
    """Return the dotted name of a source file."""
    parts = file.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
