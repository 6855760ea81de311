"""Any table: what its columns hold, what is wrong with them, and how they moved since last time."""

from __future__ import annotations

from qundao.quality.profile.hub import for_hub
from qundao.quality.profile.run import FLOOR, TableProfile, profile_table

__all__ = ["FLOOR", "TableProfile", "for_hub", "profile_table"]
