"""How much a source may ask of the node: what is beyond is refused before it is unpacked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what a file may hold. The defaults fit a hospital's largest exports.

    `columns` per table; `field_bytes` per value; `unpacked_bytes` and `ratio` (unpacked to packed)
    for archives, Excel's files among them; `depth` of nested XML or JSON; `tables` per source.
    """

    columns: int = 2_000
    field_bytes: int = 16 * 2**20
    unpacked_bytes: int = 8 * 2**30
    ratio: int = 200
    depth: int = 100
    tables: int = 500


DEFAULT_LIMITS = Limits()
