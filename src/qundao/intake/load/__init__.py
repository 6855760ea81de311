"""Loads sources into a model by a mapping, with every row accounted for."""

from __future__ import annotations

from qundao.intake.load.account import Account, TableAccount
from qundao.intake.load.run import add, load, rehearse
from qundao.intake.load.versions import versions

__all__ = ["Account", "TableAccount", "add", "load", "rehearse", "versions"]
