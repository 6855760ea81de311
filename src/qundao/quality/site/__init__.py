"""What a site adds in its own file: thresholds, checks and waivers, each with its reason."""

from __future__ import annotations

from qundao.quality.site.read import read_bytes, read_site
from qundao.quality.site.site import Site, Threshold

__all__ = ["Site", "Threshold", "read_bytes", "read_site"]
