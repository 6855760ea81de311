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
MASK_KEY_UNVOUCHED = declare(
    "access.mask_key_unvouched",
    title=Words(
        "参与名单中的掩码公钥没有该节点的签名",
        "The roster names a mask key that its node has not signed",
    ),
    required=Words(
        "由指纹为 {fingerprint} 的身份密钥签名的掩码公钥",
        "a mask key signed by the identity key {fingerprint}",
    ),
    remedy=Words(
        "不要会签：平台可能想去掉该节点的掩码；请与该成员单位电话核对，并告知运营方",
        "do not countersign: the hub may mean to take that node's masks off; call that member"
        " and tell the operator",
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
WRONG_STATE = declare(
    "access.wrong_state",
    title=Words("当前状态下不能{act}", "Not possible in this state: {act_en}"),
    required=Words("状态为：{states}", "one of the states: {states_en}"),
    remedy=Words("刷新页面查看最新进展", "reload to see where the application stands"),
    status=409,
)
NOT_YOUR_ROLE = declare(
    "access.not_your_role",
    title=Words("您的角色不能{act}", "Your role does not allow this: {act_en}"),
    required=Words("角色：{roles}", "a role of: {roles_en}"),
    remedy=Words(
        "请相应角色的同事办理，或请运营方调整角色",
        "ask a colleague in that role, or the operator to change roles",
    ),
    status=403,
)
NOT_YOURS = declare(
    "access.not_yours",
    title=Words("这不是您单位的申请", "This application is not your organisation's"),
    required=Words("{required}", "{required_en}"),
    remedy=Words("请申请单位的人员办理", "ask somebody of the applicant's organisation"),
    status=403,
)
CONFLICT_OF_INTEREST = declare(
    "access.conflict_of_interest",
    title=Words("存在利益冲突，不能审查", "A conflict of interest forbids this review"),
    required=Words(
        "与申请人不属同一单位、也不是申请人的审查员",
        "a reviewer who is neither the applicant nor of the applicant's organisation",
    ),
    remedy=Words("申请回避；由运营方改派", "recuse yourself; the operator assigns another"),
    status=403,
)
NOT_ASSIGNED = declare(
    "access.not_assigned",
    title=Words("您不是本申请的审查员", "You are not a reviewer of this application"),
    required=Words("已被分派且未回避的审查员", "an assigned reviewer who has not recused"),
    remedy=Words("请运营方分派", "ask the operator to be assigned"),
    status=403,
)
VOTED_ALREADY = declare(
    "access.voted_already",
    title=Words("您已提出过审查意见", "You have given your review already"),
    required=Words("每位审查员一份意见", "one review from each reviewer"),
    remedy=Words(
        "意见一经提出不可更改；如有重大遗漏请联系运营方",
        "a review cannot be changed; tell the operator if something serious was missed",
    ),
    status=409,
)
BAD_REVIEW = declare(
    "access.bad_review",
    title=Words("审查意见不完整", "The review is incomplete"),
    required=Words("{required}", "{required_en}"),
    remedy=Words("补充后重新提交", "complete it and send again"),
    status=422,
)
REVIEWS_MISSING = declare(
    "access.reviews_missing",
    title=Words("审查意见尚不足以作出决定", "The reviews do not yet allow a decision"),
    required=Words("{required}", "{required_en}"),
    remedy=Words(
        "等待或催办；意见不一致时再分派一名审查员",
        "wait or remind; where reviews disagree assign one more reviewer",
    ),
    status=409,
)
ROUND_SETTLED = declare(
    "access.round_settled",
    title=Words("审查意见已齐，不能再分派", "The votes are in: nobody can be added"),
    required=Words("尚缺意见或意见不一致的审查", "a round that lacks votes or is split"),
    remedy=Words("按已有意见作出决定", "decide by the votes that are in"),
    status=409,
)
BAD_PLAN = declare(
    "access.bad_plan",
    title=Words("申请书有待补充：{field}", "The application is incomplete: {field_en}"),
    required=Words("{required}", "{required_en}"),
    remedy=Words("在申请书的该项中补充", "complete that field of the application"),
    status=422,
)
EVIDENCE_MISSING = declare(
    "access.evidence_missing",
    title=Words("缺少材料：{item}", "Evidence is missing: {item_en}"),
    required=Words("{required}（依据：{citation}）", "{required_en} (basis: {citation_en})"),
    remedy=Words("由{giver}提供", "to be given by {giver_en}"),
    status=422,
)
TERMS_CONFLICT = declare(
    "access.terms_conflict",
    title=Words("用途与数据集的使用条件不符", "The use conflicts with the dataset's terms"),
    required=Words("{required}", "{required_en}"),
    remedy=Words(
        "调整用途或不选该数据集；或请贡献方另行授权",
        "change the use or leave the dataset out, or ask the contributor for other terms",
    ),
    status=422,
)
BAD_TERMS = declare(
    "access.bad_terms",
    title=Words("数据使用条件不正确", "The data-use terms are malformed"),
    required=Words("GA4GH DUO 代码，如 {known}", "GA4GH DUO codes such as {known}"),
    remedy=Words("更正后重试", "correct them and try again"),
)
BAD_AGREEMENT = declare(
    "access.bad_agreement",
    title=Words("协议内容不正确", "The agreement is malformed"),
    required=Words("{required}", "{required}"),
    remedy=Words("由运营方重新拟定", "the operator draws it up again"),
)
AGREEMENT_ALTERED = declare(
    "access.agreement_altered",
    title=Words("协议内容与签署时不一致", "The agreement is not the text that was signed"),
    required=Words("摘要 {digest}", "digest {digest}"),
    remedy=Words(
        "不要签署或执行；请运营方核对原文", "sign and do nothing; ask the operator for the original"
    ),
    status=409,
)
NOT_A_PARTY = declare(
    "access.not_a_party",
    title=Words("您不能代表协议的任何一方签署", "You cannot sign for a party of this agreement"),
    required=Words("{required}", "{required_en}"),
    remedy=Words("请该方的授权人员签署", "ask the party's authorised user to sign"),
    status=403,
)
SIGNED_ALREADY = declare(
    "access.signed_already",
    title=Words("该方已签署", "This party has signed already"),
    required=Words("每方签署一次", "one signature from each party"),
    remedy=Words("无需再次签署", "nothing more to sign"),
    status=409,
)
SIGNATURES_MISSING = declare(
    "access.signatures_missing",
    title=Words("协议尚未签署完毕", "The agreement is not signed by all"),
    required=Words("以下各方签署：{parties}", "signatures of: {parties}"),
    remedy=Words("催请未签署方", "remind the party that has not signed"),
    status=409,
)
BAD_CALENDAR = declare(
    "access.bad_calendar",
    title=Words("工作日历有误", "The working calendar is not valid"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "按“日期,休|班,名称”逐行更正后重新载入",
        "correct the line (date, off or work, name) and load again",
    ),
    status=422,
)
UNKNOWN_RULE = declare(
    "access.unknown_rule",
    title=Words("没有这条规则", "There is no such rule"),
    required=Words("以下之一：{known}", "one of: {known}"),
    remedy=Words("从规则列表中选择", "choose from the list of rules"),
    status=404,
)
