"""What readers of a masked sum must know: the grantee may be one of those who contribute to it."""

from __future__ import annotations

from collections.abc import Mapping

from qundao.kernel.words import Words
from qundao.study.plan import PlannedAnalysis
from qundao.study.rounds import RoundPlan


def grantee_caveat(
    planned: PlannedAnalysis, plan: RoundPlan, member_of: Mapping[str, str], grantee: str
) -> Words | None:
    """Return the caveat where the grantee contributes to a masked group itself; else None.

    It knows its own share, so that what the thresholds protect against it is less than the sum.
    `member_of` maps each dataset version of the analysis to its member.
    """
    held = {g: _members(planned, g, member_of) for g in plan.masked_groups}
    shared = [g for g, members in held.items() if grantee in members]
    if not shared:
        return None
    others = min(len(held[g] - {grantee}) for g in shared)
    names = planned.named(shared)
    return Words(
        f"使用单位自己也贡献了{names.zh}：门槛保护的是包含它自身数据的合计；"
        f"它减去自己的一份，得到的是其余 {others} 个单位的合计",
        f"the grantee contributes to {names.en} itself: the thresholds protect the sum including "
        f"the grantee's own share; without it, it knows the sum of the other {others} members",
    )


def _members(planned: PlannedAnalysis, group: str, member_of: Mapping[str, str]) -> set[str]:
    return {member_of[c.accession] for c in planned.contributions if group in c.groups}
