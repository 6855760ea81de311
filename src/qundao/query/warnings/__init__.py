"""What looks wrong in the design of a definition that can be run: warnings, not errors.

`design_warnings(definition)` needs no data; `source_warnings(engine, definition)` says what one
source lacks for it. Both return problems whose `where` is a JSON path of our own form.
"""

from __future__ import annotations

from qundao.query.warnings.design import design_warnings
from qundao.query.warnings.source import source_warnings

__all__ = ["design_warnings", "source_warnings"]
