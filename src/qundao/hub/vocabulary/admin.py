"""The tables of this desk, to look at."""

from __future__ import annotations

from qundao.hub.common.admin import show
from qundao.hub.vocabulary.models import Concept, VocabularyReport

show(VocabularyReport, "dataset", "accession", "model", "whole", "concepts", "reported_at")
show(Concept, "id", "code", "vocabulary", "domain", "standard", "name")
