"""Writes, one file for each part of the way: drafting, reviewing, agreeing, permitting."""

from qundao.hub.applications.actions.agreeing import draw_up_agreement, sign_agreement
from qundao.hub.applications.actions.drafting import (
    draft_application,
    save_draft,
    submit_application,
    withdraw_application,
)
from qundao.hub.applications.actions.office import (
    expire_permit,
    expire_permits,
    load_calendar,
    sign_off_rule,
)
from qundao.hub.applications.actions.permitting import (
    close_application,
    issue_permit,
    revoke_permit,
    take_countersignature,
    take_refusal,
)
from qundao.hub.applications.actions.reviewing import (
    assign_reviewers,
    cast_vote,
    decide_application,
    recuse_reviewer,
    return_application,
    screen_application,
)

__all__ = [
    "assign_reviewers",
    "cast_vote",
    "close_application",
    "decide_application",
    "draft_application",
    "draw_up_agreement",
    "expire_permit",
    "expire_permits",
    "issue_permit",
    "load_calendar",
    "recuse_reviewer",
    "return_application",
    "revoke_permit",
    "save_draft",
    "screen_application",
    "sign_agreement",
    "sign_off_rule",
    "submit_application",
    "take_countersignature",
    "take_refusal",
    "withdraw_application",
]
