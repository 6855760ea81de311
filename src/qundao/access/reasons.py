"""Reasons that the platform gives by itself: kept as codes, told in the reader's language.

A stored reason is a text of lines. A line that is one of these codes was written by a rule;
every other line was typed by somebody and stays as it was typed.
"""

from __future__ import annotations

from collections.abc import Mapping

from qundao.kernel.words import Words

UNANIMOUS = "reason:reviews.unanimous"
MILDER = "reason:reviews.milder"
INCOMPLETE = "reason:reviews.incomplete"
MAJORITY = "reason:reviews.majority"
WITHDRAWN = "reason:application.withdrawn"
USE_ENDED = "reason:use.ended"

REASONS: Mapping[str, Words] = {
    UNANIMOUS: Words("全体审查员意见一致", "all reviewers agree"),
    MILDER: Words(
        "均同意使用，其中有附条件的，按附条件通过",
        "all would allow the use, some with conditions: approved with all the conditions",
    ),
    INCOMPLETE: Words(
        "有审查员要求补正，且无人反对", "a reviewer asks for corrections and nobody refuses"
    ),
    MAJORITY: Words("意见不一致，按多数意见", "reviewers disagree: the majority decides"),
    WITHDRAWN: Words("申请已撤回", "the application was withdrawn"),
    USE_ENDED: Words("使用已结束", "the use has ended"),
}


def reason_words(text: str) -> Words | str:
    """Return a stored reason for a reader; typed text, and no text, come back as they are."""
    lines = text.split("\n")
    if not any(line in REASONS for line in lines):
        return text
    said = [REASONS.get(line) or Words(line, line) for line in lines if line]
    return Words("\n".join(w.zh for w in said), "\n".join(w.en for w in said))
