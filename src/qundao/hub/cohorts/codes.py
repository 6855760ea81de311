"""The error codes of this desk."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

NO_MEMBER = declare(
    "cohorts.no_member",
    title=Words("只有成员单位的用户能保存定义", "Only a member's user can keep definitions"),
    required=Words("属于某成员单位的用户", "a user who works for a member"),
    remedy=Words("用成员单位的账号登录", "sign in with a member's account"),
    status=403,
)
NOT_YOURS = declare(
    "cohorts.not_your_definition",
    title=Words("这不是您单位的定义", "The definition is not your organisation's"),
    required=Words("定义所属单位的研究者或数据管理员", "a researcher or steward of its owner"),
    remedy=Words("以它为底另存为本单位的定义", "save it as a definition of your own instead"),
    status=403,
)
RETIRED = declare(
    "cohorts.retired",
    title=Words("该定义已停用", "The definition is retired"),
    required=Words("未停用的定义", "a definition that is not retired"),
    remedy=Words("另建定义，或使用别的定义", "make another definition, or use another one"),
    status=409,
)
NOT_IN_USE = declare(
    "cohorts.not_in_use",
    title=Words("该版本已停用或已撤回放行", "The version is retired or its release withdrawn"),
    required=Words("在用的版本", "a version in use"),
    remedy=Words("改用别的版本；已锁定的方案不变", "use another one; locked protocols stay"),
    status=409,
)
WRONG_STATE = declare(
    "cohorts.wrong_state",
    title=Words("该版本当前的状态不允许此操作", "The version's state does not allow this"),
    required=Words("状态为“{zh}”的版本", "a version that is {en}"),
    remedy=Words("刷新页面查看当前状态", "look at the version's present state"),
    status=409,
)
OWN_RELEASE = declare(
    "cohorts.own_release",
    title=Words("不能放行本单位的定义", "Nobody releases a definition of their own member"),
    required=Words("别的单位的审查员", "a reviewer of another organisation"),
    remedy=Words("请别的单位的审查员核对", "ask a reviewer of another organisation"),
    status=403,
)
REASON_NEEDED = declare(
    "cohorts.reason_needed",
    title=Words("须说明理由", "A reason is needed"),
    required=Words("一句话的理由", "a sentence that says why"),
    remedy=Words("填写后重新提交", "fill it in and send again"),
    status=422,
)
BAD_NAME = declare(
    "cohorts.bad_name",
    title=Words("定义的名称不正确", "The definition's name is not valid"),
    required=Words(
        "1 至 100 个可见字符，至少一种语言",
        "1 to 100 printable characters, in one language at least",
    ),
    remedy=Words("更正名称", "correct the name"),
    status=422,
)
NO_FILE = declare(
    "cohorts.no_file",
    title=Words("没有收到定义文件", "No definition was received"),
    required=Words(
        "Circe JSON 或 qundao.query/1 的文件，至多 {limit} MB",
        "a file of Circe JSON or qundao.query/1, {limit} MB at most",
    ),
    remedy=Words("选择文件，或把 JSON 粘贴进来", "choose a file, or paste the JSON"),
    status=422,
)
NOT_OMOP = declare(
    "cohorts.not_omop",
    title=Words("这里只收 OMOP 的人群定义", "Only populations over OMOP are kept here"),
    required=Words("population", "population"),
    remedy=Words("临床试验的人群写在研究方案里", "write populations of trials into the protocol"),
    status=422,
)
BAD_ENTRY = declare(
    "cohorts.bad_entry",
    title=Words("这一处还不完整", "This place is not complete yet"),
    required=Words("{zh}", "{en}"),
    remedy=Words("在表单的这一处更正", "correct it at this place of the form"),
    status=422,
)
TOO_MUCH = declare(
    "cohorts.too_much",
    title=Words("超出搭建页的限度", "More than the builder holds"),
    required=Words("{zh}", "{en}"),
    remedy=Words("删去一部分，或改用上传", "remove a part, or upload the definition instead"),
    status=422,
)
NOT_COUNTABLE = declare(
    "cohorts.not_countable",
    title=Words("该版本不能用于试算", "The version cannot be used for exploring"),
    required=Words("已放行、且只含粗化条件的版本", "a version that is released and coarse enough"),
    remedy=Words(
        "请审查员放行；精确的定义用在研究方案里",
        "ask a reviewer for its release; use exact definitions in study protocols",
    ),
    status=422,
)
