"""What the alliance offers: dataset versions, how they are described, what is known of them."""

from qundao.catalogue.bands import Band, band
from qundao.catalogue.columns import Columns
from qundao.catalogue.profile import DomainCount, Profile, Table, ValueCount, Variable
from qundao.catalogue.scores import ScoreSummary
from qundao.catalogue.tier import Tier
from qundao.catalogue.version import VersionFacts

__all__ = [
    "Band",
    "Columns",
    "DomainCount",
    "Profile",
    "ScoreSummary",
    "Table",
    "Tier",
    "ValueCount",
    "Variable",
    "VersionFacts",
    "band",
]
