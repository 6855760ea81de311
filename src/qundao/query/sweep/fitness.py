"""What the sweep leaves to the plain way: one query of its own per definition."""

from __future__ import annotations


class UnfitError(Exception):
    """A definition, or a source's rows, that the sweep does not take; the plain way does."""
