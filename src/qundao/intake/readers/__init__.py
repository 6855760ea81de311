"""Readers of the formats that members hold: each opens one kind of source as tables of rows.

`open_source` finds the reader by the file's name and its first bytes.
"""

from __future__ import annotations

from qundao.intake.readers.opening import FORMATS, format_of, open_source

__all__ = ["FORMATS", "format_of", "open_source"]
