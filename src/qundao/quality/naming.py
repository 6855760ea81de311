"""How a data set and its standard are called to a reader."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from qundao.models import OWN
from qundao.query.engine import Engine

_TABLE = "cdm_source"
_SPELLED = {"omop": "OMOP", "cdisc": "CDISC", "sdtm": "SDTM ", "adam": "ADaM "}


def standard_name(model: str) -> str:
    """Return a model's name as its standard spells it: `omop 5.4` is OMOP 5.4.

    A described one goes by its own name.
    """
    if model.startswith(f"{OWN} "):
        return model.removeprefix(f"{OWN} ")
    shown = model.replace("-", "").replace("+", " + ")
    for name, spelled in _SPELLED.items():
        shown = shown.replace(name, spelled)
    return " ".join(shown.split())


def source_facts(engine: Engine) -> Mapping[str, str]:
    """Return the first row of `cdm_source` as text, without empty fields; nothing where none is.

    Of several rows it is the first by all their fields, so that a source is always called the
    same; that there are several is a finding of its own.
    """
    names = [c.name for c in engine.schema.get(_TABLE, ())]
    if not names:
        return {}
    columns = [exp.cast(exp.column(name), "TEXT").as_(name) for name in names]
    query = exp.select(*columns).from_(exp.to_table(_TABLE))
    rows = engine.query(query.order_by(*(exp.column(n) for n in names)).limit(1)).to_pylist()
    return {name: text for row in rows for name, text in row.items() if text}
