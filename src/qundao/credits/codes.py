"""What the ledger and the tariff refuse, in both languages."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

BAD_POSTING = declare(
    "credits.bad_posting",
    title=Words("积分分录不成立", "The posting is not possible"),
    required=Words("{form}", "{form}"),
    remedy=Words("这是程序错误，请报告运营方", "this is a defect of the program; report it"),
    status=500,
)
UNBALANCED = declare(
    "credits.unbalanced",
    title=Words("积分交易不平", "The transaction does not balance"),
    required=Words("每一批次的分录合计为零", "postings that sum to zero in every lot"),
    remedy=Words("这是程序错误，请报告运营方", "this is a defect of the program; report it"),
    status=500,
)
FORBIDDEN_FLOW = declare(
    "credits.forbidden_flow",
    title=Words("该类交易不得如此记账", "This kind of transaction may not post like that"),
    required=Words("{form}", "{form}"),
    remedy=Words(
        "积分不得转让；更正只能以冲正进行", "credits do not change hands; correct by reversal only"
    ),
    status=500,
)
BAD_AMOUNT = declare(
    "credits.bad_amount",
    title=Words("积分数额不正确", "The amount is not possible"),
    required=Words("{form}", "{form}"),
    remedy=Words("更正数额", "correct the amount"),
)
INSUFFICIENT = declare(
    "credits.insufficient",
    title=Words("可用积分不足", "Not enough credits available"),
    required=Words("{required} 积分", "{required} credits"),
    remedy=Words(
        "贡献数据、申请数据券，或按合同支付",
        "contribute data, ask for vouchers, or pay by contract",
    ),
    status=409,
)
OVERDRAWN = declare(
    "credits.overdrawn",
    title=Words("账户余额不足，交易未入账", "The account would be overdrawn; nothing was posted"),
    required=Words("{account} 的批次 {lot} 不低于零", "{account} not below zero in the lot {lot}"),
    remedy=Words("刷新余额后重试", "read the balance again and retry"),
    status=409,
)
IN_DEBT = declare(
    "credits.in_debt",
    title=Words("有未偿还的积分欠额，暂不能使用积分", "A credit debt blocks spending"),
    required=Words("欠额为零", "no debt"),
    remedy=Words("先以可用积分偿还，或联系运营方", "settle the debt, or contact the operator"),
    status=409,
)
NOTHING_HELD = declare(
    "credits.nothing_held",
    title=Words("没有足够的冻结积分", "Not enough credits are held"),
    required=Words("冻结至少 {required} 积分", "at least {required} credits held"),
    remedy=Words("核对该事项的冻结与结算记录", "check what was held and captured for this matter"),
    status=409,
)
NOTHING_DUE = declare(
    "credits.nothing_due",
    title=Words("目前没有可办理的积分", "Nothing is due"),
    required=Words("{form}", "{form}"),
    remedy=Words("无需处理", "nothing to do"),
    status=409,
)
SELF_PAYMENT = declare(
    "credits.self_payment",
    title=Words("不得向自己支付积分", "Nobody pays credits to himself"),
    required=Words("由其他单位贡献的数据", "data that another organisation contributed"),
    remedy=Words("使用本单位数据不计积分", "using one's own data costs nothing; leave it out"),
)
KEY_REUSED = declare(
    "credits.key_reused",
    title=Words("同一幂等键或编号用于不同的交易", "A key or id was used for another transaction"),
    required=Words("与首次完全相同的交易", "exactly the transaction of the first time"),
    remedy=Words("为新交易换用新键", "give a new transaction a new key"),
    status=409,
)
LOT_CHANGED = declare(
    "credits.lot_changed",
    title=Words("积分批次的来源或有效期被改动", "A lot's origin or expiry was changed"),
    required=Words("批次 {lot} 与开立时一致", "the lot {lot} as it was opened"),
    remedy=Words("批次一经开立不得更改", "a lot never changes once it is opened"),
    status=409,
)
LOT_EXPIRED = declare(
    "credits.lot_expired",
    title=Words("积分已过期", "The credits have expired"),
    required=Words("批次 {lot} 在 {expires} 之前使用", "the lot {lot} used before {expires}"),
    remedy=Words("使用未过期的积分", "use credits that have not expired"),
    status=409,
)
OUT_OF_ORDER = declare(
    "credits.out_of_order",
    title=Words("未先使用先到期的积分", "Credits that expire earlier must be spent first"),
    required=Words("先用批次 {lot}", "the lot {lot} first"),
    remedy=Words("刷新余额后重试", "read the balance again and retry"),
    status=409,
)
NOT_REVERSIBLE = declare(
    "credits.not_reversible",
    title=Words("该交易不能冲正", "The transaction cannot be reversed"),
    required=Words("{form}", "{form}"),
    remedy=Words(
        "已使用的部分以追回处理；冻结以解冻处理", "claw back what was spent; release what is held"
    ),
    status=409,
)
BAD_LEDGER = declare(
    "credits.bad_ledger",
    title=Words("账簿检查不通过：{law}", "The ledger breaks a law: {law}"),
    required=Words("{form}", "{form}"),
    remedy=Words("停止入账，以审计日志追查该交易", "stop posting and trace it in the audit log"),
    status=500,
)
BAD_VOLUME = declare(
    "credits.bad_volume",
    title=Words("数据量申报不正确", "The declared volume is not possible"),
    required=Words("{form}", "{form}"),
    remedy=Words("由节点重新计算画像后登记", "let the node profile the data again"),
)
NOT_IN_TARIFF = declare(
    "credits.not_in_tariff",
    title=Words("价目表中没有该项", "The tariff does not know this"),
    required=Words("以下之一：{known}", "one of: {known}"),
    remedy=Words("选用价目表中的类别", "choose one that the tariff lists"),
)
