"""Pages that a room draws itself, because its tables are its own."""

from __future__ import annotations

from qundao.access.reference import page as access_page

__all__ = ["access_page"]
