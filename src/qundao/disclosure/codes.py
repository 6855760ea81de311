"""The error codes of this room."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

BAD_FLOORS = declare(
    "disclosure.bad_floors",
    title=Words("出域门槛不正确", "The disclosure thresholds are not valid"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "在数据使用协议中改正门槛后重新签署",
        "correct the thresholds in the agreement and sign again",
    ),
)
UNKNOWN_DATA_CLASS = declare(
    "disclosure.unknown_data_class",
    title=Words("没有这个数据类别", "There is no such data class"),
    required=Words("以下之一：{known}", "one of {known}"),
    remedy=Words("登记数据集时选择列出的类别", "choose one of the listed classes for the dataset"),
)
BAD_TABLE = declare(
    "disclosure.bad_table",
    title=Words("待审表格自相矛盾", "The table to be released contradicts itself"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "不得放行；检查产生该表的统计程序",
        "release nothing; examine the statistic that made this table",
    ),
    status=500,
)
BAD_ROUNDING = declare(
    "disclosure.bad_rounding",
    title=Words("取整基数不正确", "The rounding base is not valid"),
    required=Words(
        "1 至 100 的整数；生存表只能为 1", "an integer from 1 to 100; 1 for life tables"
    ),
    remedy=Words("在方案中改正取整基数", "correct the rounding base in the protocol"),
)
TOO_FEW_TO_MASK = declare(
    "disclosure.too_few_to_mask",
    title=Words("参与节点太少，掩码起不到保护作用", "Too few nodes for masks to protect anything"),
    required=Words("至少 {least} 个参与节点", "at least {least} participating nodes"),
    remedy=Words(
        "由各节点按自己的门槛放行，或等待更多节点参与",
        "let each node release under its own threshold, or wait for more nodes",
    ),
    status=409,
)
BAD_MASK_KEY = declare(
    "disclosure.bad_mask_key",
    title=Words("掩码公钥不可用", "A mask key cannot be used"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "请运营方核对参与名单中该节点的掩码公钥",
        "ask the operator to compare that node's mask key in the roster",
    ),
)
OUT_OF_RANGE = declare(
    "disclosure.value_out_of_range",
    title=Words("数值超出掩码可表示的范围", "A value is too large to be masked"),
    required=Words("绝对值小于 2^{bits}", "an absolute value below 2^{bits}"),
    remedy=Words("在方案中减小该变量的定点倍数", "lower the fixed-point scale in the protocol"),
)
MASK_CHECK_FAILED = declare(
    "disclosure.mask_check_failed",
    title=Words("掩码求和校验不通过", "The masked sum fails its check"),
    required=Words(
        "恰由声明的 {participants} 个节点在同一轮作出的应答",
        "answers by exactly the {participants} declared nodes in one round",
    ),
    remedy=Words(
        "以新的轮次编号重新下达任务；不要使用本次数字",
        "send the tasks again under a new round id; do not use these numbers",
    ),
    status=409,
)
BAD_BUDGET = declare(
    "disclosure.bad_budget",
    title=Words("查询额度账目不正确", "The privacy budget is not valid"),
    required=Words("{required}", "{required}"),
    remedy=Words("从节点的备份恢复额度账目", "restore the budget ledger from the node's backup"),
    status=500,
)
BUDGET_SPENT = declare(
    "disclosure.budget_spent",
    title=Words(
        "本单位对该数据集的查询额度已用完", "This member's budget on the dataset is used up"
    ),
    required=Words(
        "剩余额度不少于 ε {cost}（总额 ε {total}）", "ε {cost} left (of ε {total} in all)"
    ),
    remedy=Words(
        "重复以前的问题不消耗额度；需要精确数字请提交数据使用申请",
        "earlier questions stay free; apply for the data if you need exact figures",
    ),
    status=429,
)
PREDICATE_TOO_FINE = declare(
    "disclosure.predicate_too_fine",
    title=Words("试算条件过细", "The question is too fine for exploring"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "减少条件或改用目录公布的分段", "use fewer terms, or the bands that the catalogue publishes"
    ),
    status=422,
)
