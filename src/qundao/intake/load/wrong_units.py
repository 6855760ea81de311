"""Finds candidates whose value stands beside the wrong unit, by the candidates themselves.

Two joins, as `qundao.intake.units.suspects` has them: what the values of each item are, then which
of them are suspect. Results behind a sign (`<0.01`) are bounds, and not looked at.
"""

from __future__ import annotations

from qundao.intake.load.desk import Desk
from qundao.intake.load.layout import FAULTS, MEASURED
from qundao.intake.load.plans import Planned
from qundao.intake.source import PLACE
from qundao.intake.units import (
    WRONG_UNIT,
    LimitRow,
    Seen,
    SuspectRow,
    UnitRow,
    as_arrow,
    limit_table,
    suspect_table,
    unit_table,
)

_VALUE, _UNIT, _OF = MEASURED
_SEEN = f"""
SELECT v.substance, count(*), count(*) FILTER (inside),
       coalesce(median(ln(c)) FILTER (inside), 0), coalesce(mad(ln(c)) FILTER (inside), 0)
FROM (SELECT r.{_OF} AS substance, r.{_VALUE} * u.factor + u.offset AS c,
             c BETWEEN l.lowest AND l.highest AND c > 0 AS inside
      FROM {{candidates}} r JOIN limits l ON l.substance = r.{_OF}
      JOIN wanted_units u ON u.unit = r.{_UNIT} AND u.substance = r.{_OF} AND u.target = l.unit
      WHERE u.fault IS NULL AND r.{_VALUE} IS NOT NULL AND r.{FAULTS} IS NULL
      AND r.rowid NOT IN (SELECT _row FROM {{fates}})) v
GROUP BY v.substance
"""  # noqa: S608
_SUSPECT = f"""
{FAULTS} IS NULL AND rowid NOT IN (SELECT _row FROM {{fates}}) AND EXISTS (
  SELECT 1 FROM suspects s WHERE s.unit = {_UNIT} AND s.substance = {_OF}
  AND {_VALUE} BETWEEN s.low AND s.high)
"""  # noqa: S608
_SHOWN = f"concat_ws(' ', {_OF}, {_VALUE}, {_UNIT})"


def find_wrong_units(desk: Desk, plan: Planned, fates: str) -> int:
    """Reject the candidates with a wrong unit, or tell of them; return how many are told of.

    Those in the table `fates` (`_row`) are not loaded anyway, and not looked at.
    """
    if plan.rule.units is None:
        return 0
    pairs = [
        (unit, of)
        for unit, of in desk.rows(
            f"SELECT DISTINCT {_UNIT}, {_OF} FROM {plan.candidates} "  # noqa: S608
            f"WHERE {_UNIT} IS NOT NULL AND {_OF} IS NOT NULL AND {_VALUE} IS NOT NULL ORDER BY ALL"
        )
    ]
    limits = limit_table(of for _, of in pairs)
    if not limits:
        return 0
    target = {row.substance: row.unit for row in limits}
    wanted = unit_table((unit, target[of], of) for unit, of in pairs if of in target)
    with (
        desk.beside("limits", as_arrow(LimitRow, limits)),
        desk.beside("wanted_units", as_arrow(UnitRow, wanted)),
    ):
        told = desk.rows(_SEEN.format(candidates=plan.candidates, fates=fates))
    seen = {of: Seen(*facts) for of, *facts in told}
    with desk.beside("suspects", as_arrow(SuspectRow, suspect_table(pairs, seen))):
        suspect = _SUSPECT.format(fates=fates)
        return (_tell if plan.rule.units.tell else _reject)(desk, plan, suspect)


def _reject(desk: Desk, plan: Planned, suspect: str) -> int:
    fault = f"{{'reason': '{WRONG_UNIT}', 'field': '', 'value': {_SHOWN}}}"
    desk.rows(f"UPDATE {plan.candidates} SET {FAULTS} = [{fault}] WHERE {suspect}")  # noqa: S608
    return 0


def _tell(desk: Desk, plan: Planned, suspect: str) -> int:
    """Put those who are loaded all the same into the file of rejects, as told."""
    where = [plan.table.name, plan.rule.source]
    target, source = (text.replace("'", "''") for text in where)
    file = desk.file_name().sql("duckdb")
    desk.rows(
        f"INSERT INTO rejects SELECT '{target}', '{source}', {file}, {PLACE}, _item, "  # noqa: S608
        f"'{WRONG_UNIT}', 'told', {_SHOWN} FROM {plan.candidates} WHERE {suspect}"
    )
    return desk.count(f"SELECT count(*) FROM {plan.candidates} WHERE {suspect}")  # noqa: S608
