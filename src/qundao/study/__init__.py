"""The study: a protocol that is locked before any data is touched, and its rounds over nodes."""

from qundao.study.plan import Contribution, PlannedAnalysis
from qundao.study.protocol import (
    StudyProtocol,
    locked_protocol,
    protocol_digest,
    protocol_from_json,
)
from qundao.study.rounds import RoundPlan, plan_round
from qundao.study.words import protocol_words

__all__ = [
    "Contribution",
    "PlannedAnalysis",
    "RoundPlan",
    "StudyProtocol",
    "locked_protocol",
    "plan_round",
    "protocol_digest",
    "protocol_from_json",
    "protocol_words",
]
