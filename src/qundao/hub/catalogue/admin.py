"""The tables of this desk, to look at."""

from __future__ import annotations

from qundao.hub.catalogue.models import Dataset, DatasetVersion
from qundao.hub.common.admin import show

show(Dataset, "number", "organisation", "node", "name", "latest", "withdrawn_at")
show(DatasetVersion, "accession", "title_zh", "data_class", "tier", "score", "registered_at")
