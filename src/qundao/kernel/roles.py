"""The roles that people hold; permissions are tables in `access`, not code here."""

from __future__ import annotations

from enum import StrEnum

from qundao.kernel.words import Words


class Role(StrEnum):
    """A user's role in the alliance. One user may hold several."""

    STEWARD = "steward"
    RESEARCHER = "researcher"
    REVIEWER = "reviewer"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    OFFICER = "officer"

    @property
    def words(self) -> Words:
        """Return the role's name in both languages."""
        return _NAMES[self]


_NAMES = {
    Role.STEWARD: Words("数据管理员", "steward"),
    Role.RESEARCHER: Words("研究者", "researcher"),
    Role.REVIEWER: Words("审查员", "reviewer"),
    Role.OPERATOR: Words("运营方", "operator"),
    Role.AUDITOR: Words("审计员", "auditor"),
    Role.OFFICER: Words("专班人员", "officer"),
}
