"""The report as one HTML file that needs nothing beside itself."""

from __future__ import annotations

from qundao.quality.html.page import report_html

__all__ = ["report_html"]
