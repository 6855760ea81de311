"""The error codes of this room."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

BAD_PERMIT = declare(
    "access.bad_permit",
    title=Words("许可凭证内容不正确", "The permit is malformed"),
    required=Words("{required}", "{required}"),
    remedy=Words("请平台重新签发许可凭证", "ask the hub to issue the permit again"),
)
PERMIT_FORGED = declare(
    "access.permit_forged",
    title=Words("许可凭证不是本平台签发的", "The permit was not signed by this hub"),
    required=Words(
        "由接入时登记的平台密钥 {key} 签名", "a signature by the hub key {key} pinned at enrolment"
    ),
    remedy=Words(
        "不要执行；请向运营方电话核对平台密钥指纹",
        "compute nothing; compare the hub key's fingerprint with the operator by telephone",
    ),
    status=403,
)
PERMIT_UNSIGNED = declare(
    "access.permit_not_countersigned",
    title=Words("本节点尚未会签该许可", "This node has not countersigned the permit"),
    required=Words("本单位数据管理员的会签", "the countersignature of this member's steward"),
    remedy=Words(
        "数据管理员在节点控制台审阅并会签", "the steward reviews and signs on the node's console"
    ),
    status=403,
)
PERMIT_EXPIRED = declare(
    "access.permit_not_in_force",
    title=Words("许可不在有效期内", "The permit is not in force"),
    required=Words("在 {start} 与 {end} 之间", "a time between {start} and {end}"),
    remedy=Words("申请延期或新的许可", "apply for an extension or a new permit"),
    status=403,
)
PERMIT_REVOKED = declare(
    "access.permit_revoked",
    title=Words("许可已撤销", "The permit has been revoked"),
    required=Words("未撤销的许可", "a permit that has not been revoked"),
    remedy=Words(
        "向撤销方了解原因，必要时重新申请",
        "ask who revoked it for the reason; apply anew if needed",
    ),
    status=403,
)
OUTSIDE_PERMIT = declare(
    "access.outside_permit",
    title=Words("任务超出许可范围", "The task goes beyond the permit"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "按许可与锁定方案下达任务，或申请变更",
        "stay within the permit and protocol, or apply for a change",
    ),
    status=403,
)
PERMIT_SPENT = declare(
    "access.permit_spent",
    title=Words("许可的运行次数已用完", "The permit's runs are used up"),
    required=Words("不超过 {limit} 次", "at most {limit} runs"),
    remedy=Words("申请增加次数", "apply for more runs"),
    status=403,
)
