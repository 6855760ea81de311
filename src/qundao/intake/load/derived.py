"""Tables that follow from others: observation periods, condition eras, what the database is.

Where a mapping fills one of them itself, it is left as it is. Drug eras are of ingredients, which
only a vocabulary tells; they are not made.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp

from qundao.intake.load.desk import TARGET, Desk
from qundao.kernel.clock import utc_now
from qundao.models import Kind, Model, Table

_CDM_5_4 = 756_265
"""The concept `OMOP CDM Version 5.4.0`."""
_CONDITION_ERAS = """
WITH each AS (
  SELECT person_id, condition_concept_id AS concept, condition_start_date AS first,
         greatest(coalesce(condition_end_date, condition_start_date), condition_start_date) AS last
  FROM target_condition_occurrence
  WHERE condition_concept_id <> 0
), after AS (
  SELECT *, max(last) OVER (PARTITION BY person_id, concept ORDER BY first, last
                            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
  FROM each
), numbered AS (
  SELECT *, count(*) FILTER (before IS NULL OR first > before + 30) OVER
              (PARTITION BY person_id, concept ORDER BY first, last
               ROWS UNBOUNDED PRECEDING) AS era
  FROM after
)
SELECT CAST(md5_number(concat_ws(' ', 'condition era', person_id, concept, min(first))) >> 65
            AS BIGINT) AS condition_era_id,
       person_id, concept AS condition_concept_id, min(first) AS condition_era_start_date,
       max(last) AS condition_era_end_date, count(*) AS condition_occurrence_count
FROM numbered
GROUP BY person_id, concept, era
"""
"""Occurrences of a condition at most 30 days apart are one era (OMOP CDM, CONDITION_ERA)."""
_FROM_RECORDS = 32_880
"""The concept `Standard algorithm`: the period was reckoned, not recorded."""


def derive(desk: Desk, model: Model) -> tuple[str, ...]:
    """Fill what follows from the tables loaded; return the tables that do."""
    filled = desk.given()
    if model.standard != "omop":
        return ()
    made = []
    if "observation_period" not in filled and "person" in filled:
        _observation_periods(desk, model)
        made.append("observation_period")
    if "condition_era" not in filled and "condition_occurrence" in filled:
        eras = sqlglot.parse_one(_CONDITION_ERAS, dialect="duckdb")
        assert isinstance(eras, exp.Select)
        _insert(desk, model["condition_era"], eras)
        made.append("condition_era")
    if "cdm_source" not in filled:
        _cdm_source(desk, model)
        made.append("cdm_source")
    return tuple(made)


def _observation_periods(desk: Desk, model: Model) -> None:
    """Make one period per person, from the first to the last day of anything recorded."""
    filled = desk.filled()
    parts = [
        exp.select("person_id", _day(table, first).as_("d"), _day(table, last).as_("e")).from_(
            exp.to_table(f"{TARGET}{table.name}", quoted=True)
        )
        for table in model.tables
        if table.name in filled and (days := _days(table))
        for first, last in [days]
    ]
    if not parts:
        return
    every = parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)
    ends = exp.func("GREATEST", exp.Max(this=exp.column("d")), exp.Max(this=exp.column("e")))
    periods = (
        exp.select(
            exp.column("person_id").as_("observation_period_id"),
            exp.column("person_id"),
            exp.Min(this=exp.column("d")).as_("observation_period_start_date"),
            ends.as_("observation_period_end_date"),
            exp.Literal.number(_FROM_RECORDS).as_("period_type_concept_id"),
        )
        .from_(every.subquery("days"))
        .where(exp.not_(exp.Is(this=exp.column("d"), expression=exp.null())))
        .group_by("person_id")
    )
    _insert(desk, model["observation_period"], periods)


def _days(table: Table) -> tuple[str, str] | None:
    """Return the fields of a clinical table's first and last day."""
    if table.name in ("person", "death") or "person_id" not in table:
        return None
    days = [f.name for f in table.fields if f.kind is Kind.DATE]
    first = next((d for d in days if d.endswith("start_date")), None)
    last = next((d for d in days if d.endswith("end_date")), None)
    only = next((d for d in days if d.endswith("_date") and "_end_" not in d), None)
    return (first, last or first) if first else ((only, only) if only else None)


def _day(table: Table, name: str) -> exp.Expr:
    return exp.column(table[name].name, quoted=True)


def _cdm_source(desk: Desk, model: Model) -> None:
    table, today = model["cdm_source"], utc_now().date().isoformat()
    told = {
        "cdm_source_name": exp.Literal.string(desk.mapping.name),
        "cdm_source_abbreviation": exp.Literal.string(desk.mapping.name[:25]),
        "cdm_holder": exp.Literal.string("–"),
        "source_release_date": exp.cast(exp.Literal.string(today), "DATE"),
        "cdm_release_date": exp.cast(exp.Literal.string(today), "DATE"),
        "cdm_version": exp.Literal.string(f"v{model.version}"),
        "cdm_etl_reference": exp.Literal.string(f"{desk.mapping.name}@{desk.mapping.version}"),
        "cdm_version_concept_id": exp.Literal.number(_CDM_5_4),
        "vocabulary_version": exp.Literal.string("–"),
    }
    columns = [value.as_(name) for name, value in told.items() if name in table]
    _insert(desk, table, exp.select(*columns))


def _insert(desk: Desk, table: Table, rows: exp.Select) -> None:
    desk.make_target(table)
    names = [exp.to_identifier(s.alias_or_name, quoted=True) for s in rows.selects]
    into = exp.to_table(f"{TARGET}{table.name}", quoted=True)
    desk.rows(exp.insert(rows, into, columns=names))
