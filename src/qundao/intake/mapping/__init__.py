"""A mapping: one readable file that says how a source's tables become a model's.

`document` holds it (its `examples` apart), `read` reads it from YAML, `expression` is the language
of its values and `functions` turns those into queries.
"""

from __future__ import annotations

from qundao.intake.mapping.document import Each, FieldRule, Mapping, SourceRule, TableRule
from qundao.intake.mapping.examples import Example
from qundao.intake.mapping.read import read_mapping

__all__ = ["Each", "Example", "FieldRule", "Mapping", "SourceRule", "TableRule", "read_mapping"]
