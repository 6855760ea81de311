"""Qundao 群岛: biomedical data shared across a region without giving the rows away."""

__version__ = "0.1.0"
