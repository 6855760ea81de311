"""Reading a desk's mapping: it may name files below the desk's sources and nothing else.

Who writes a mapping in a browser need not be somebody who may read the machine's files: the node's
own keys lie there too. Databases are named by variables that whoever runs the node has set, the
project's own settings aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from qundao.intake.mapping import Mapping, read_mapping
from qundao.intake.readers.addresses import is_variable, without_secrets
from qundao.kernel.errors import Problem, problem, raise_if
from qundao.node.intake_codes import DATABASE_OUTSIDE, MAPPING_OUTSIDE

_OWN = "$QUNDAO_"
"""How the project's own settings begin."""


def desk_mapping(text: str, name: str) -> Mapping:
    """Read a mapping's text. Raises `intake.bad_mapping`, `node.mapping_outside`,
    `node.mapping_database_outside`.
    """
    mapping = read_mapping(text, name)
    raise_if(_outside(mapping))
    return mapping


def _is_given(database: str) -> bool:
    """Tell whether a database is one that the node's administrator tells of."""
    return is_variable(database) and not database.upper().startswith(_OWN)


def _outside(mapping: Mapping) -> Iterator[Problem]:
    """Yield every name that leads out of the folder of sources."""
    named = [(f"sources.{s.name}", f) for s in mapping.sources.values() for f in s.files]
    named += [(f"codes.{c.name}", c.file) for c in mapping.codes.values() if c.file]
    named += [("vocabulary", mapping.vocabulary)] if mapping.vocabulary else []
    for where, name in named:
        path = PurePath(name)
        if path.is_absolute() or ".." in path.parts:
            yield problem(MAPPING_OUTSIDE, name, where)
    for rule in mapping.sources.values():
        if rule.view and not _is_given(rule.view.database):
            shown = without_secrets(rule.view.database)
            yield problem(DATABASE_OUTSIDE, shown, f"sources.{rule.name}")
