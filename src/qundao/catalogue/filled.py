"""Which columns of a profile hold nothing that may be told of: conditions on them find nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qundao.catalogue.bands import Band

_FEW = 20
"""As many common values as a profile tells of a coded column."""


def holds_nothing(
    profile: Mapping[str, Any], table: str, column: str, *, zero: bool = False
) -> bool:
    """Tell whether a profile (as JSON) shows a column of a table without content.

    Empty is a column filled in less than half a percent of the rows, with fewer distinct values
    than the threshold and none that enough people share; of concepts also one whose only told
    value is 0 (no matching concept), unless `zero` is asked for. A column that the profile does
    not have, and a table with fewer rows than the threshold, are not spoken of. Nothing but the
    profile is looked at, so this says nothing that was not told already.
    """
    found = next((t for t in profile["tables"] if t["table"] == table), None)
    if found is None or Band.parse(found["rows"]).small:
        return False
    held = next((v for v in found["variables"] if v["name"] == column), None)
    return held is not None and _empty(held, zero=zero)


def _empty(held: Mapping[str, Any], *, zero: bool) -> bool:
    told = {v["value"] for v in held.get("values", ())}
    distinct = Band.parse(held["distinct"])
    if held["filled_pct"] == 0:
        return distinct.small and not told
    few = distinct.high is not None and (distinct.small or distinct.high < _FEW)
    return held["name"].endswith("_concept_id") and few and told == {"0"} and not zero
