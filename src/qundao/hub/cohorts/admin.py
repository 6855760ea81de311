"""The tables of this desk, to look at."""

from __future__ import annotations

from qundao.hub.cohorts.models import CohortDefinition, Decision, DefinitionVersion
from qundao.hub.common.admin import show

show(CohortDefinition, "id", "organisation", "name_zh", "latest", "retired_at")
show(DefinitionVersion, "id", "definition", "number", "digest", "made_at")
show(Decision, "version", "state", "by", "at")
