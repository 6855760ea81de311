"""How open a dataset is, and what somebody must do to use it."""

from __future__ import annotations

from enum import StrEnum

from qundao.kernel.words import Words


class Tier(StrEnum):
    """The four tiers, from free to rows that never leave."""

    OPEN = "open"
    REGISTERED = "registered"
    CONTROLLED = "controlled"
    FEDERATED = "federated"

    @property
    def words(self) -> Words:
        """Return the tier's name in both languages."""
        return _NAMES[self]

    @property
    def asks(self) -> Words:
        """Return what somebody must do to use such data."""
        return _ASKS[self]


_NAMES = {
    Tier.OPEN: Words("开放", "open"),
    Tier.REGISTERED: Words("注册", "registered"),
    Tier.CONTROLLED: Words("受控", "controlled"),
    Tier.FEDERATED: Words("联邦（数据不出域）", "federated (rows never leave)"),
}
_ASKS = {
    Tier.OPEN: Words("直接下载，无需申请", "download without an application"),
    Tier.REGISTERED: Words("注册并签署使用协议", "register and sign a data-use agreement"),
    Tier.CONTROLLED: Words(
        "申请、审查、签署协议后取得去标识文件",
        "apply, be reviewed, sign; then receive de-identified files",
    ),
    Tier.FEDERATED: Words(
        "申请、审查、签署协议后在各节点上计算，只取得结果",
        "apply, be reviewed, sign; then compute on the nodes and receive results only",
    ),
}
