"""The error codes of this desk."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

_CORRECT = Words("更正后重新提交；其余内容已保留", "correct it and send again; the rest is kept")

BLANK = declare(
    "members.blank",
    title=Words("此项没有填写", "This entry is blank"),
    required=Words("填写此项", "an entry"),
    remedy=_CORRECT,
    status=422,
)
BAD_CHOICE = declare(
    "members.bad_choice",
    title=Words("此项不在可选范围内", "This is not one of the choices"),
    required=Words("以下之一：{choices}", "one of: {choices}"),
    remedy=_CORRECT,
    status=422,
)
BAD_CREDIT_CODE = declare(
    "members.bad_credit_code",
    title=Words("统一社会信用代码不正确", "The unified social credit code is not right"),
    required=Words(
        "18 位，末位为校验码（GB 32100-2015）",
        "18 characters, the last a check character (GB 32100-2015)",
    ),
    remedy=Words("对照登记证书更正", "correct it after the certificate"),
    status=422,
)
CREDIT_CODE_TAKEN = declare(
    "members.credit_code_taken",
    title=Words("该统一社会信用代码已登记", "A member with this credit code exists already"),
    required=Words("尚未登记的代码", "a code that no member has"),
    remedy=Words("查看已登记的单位，避免重复入会", "look at that member; do not admit it twice"),
    status=409,
)
BAD_USERNAME = declare(
    "members.bad_username",
    title=Words("用户名不符合要求", "The user name is not as required"),
    required=Words("2–64 个字母、数字或 . _ - @", "2 to 64 letters, digits or any of . _ - @"),
    remedy=_CORRECT,
    status=422,
)
USERNAME_TAKEN = declare(
    "members.username_taken",
    title=Words("该用户名已有人使用", "Somebody has this user name already"),
    required=Words("尚未使用的用户名", "a name that nobody has"),
    remedy=Words("换一个用户名", "choose another name"),
    status=409,
)
NO_ROLE = declare(
    "members.no_role",
    title=Words("没有选择角色", "No role was chosen"),
    required=Words("至少一个角色", "at least one role"),
    remedy=_CORRECT,
    status=422,
)
OPERATOR_OF_A_MEMBER = declare(
    "members.operator_of_a_member",
    title=Words("成员单位的用户不能担任运营方", "A member's user cannot be the operator"),
    required=Words(
        "运营方用户不隶属任何成员单位（运营方保持中立）",
        "an operator who belongs to no member (the operator is neutral)",
    ),
    remedy=Words("另建一个不隶属成员单位的用户", "create another user, without a member"),
    status=422,
)
ROLES_APART = declare(
    "members.roles_apart",
    title=Words("运营方不能兼任审查员或审计员", "The operator cannot also be reviewer or auditor"),
    required=Words(
        "运营（含积分发放）、审查、审计由不同的人担任",
        "operating (granting credits, too), reviewing and auditing in different hands",
    ),
    remedy=Words("为另一项职责另建一个用户", "create another user for the other duty"),
    status=422,
)
BAD_EMAIL = declare(
    "members.bad_email",
    title=Words("电子邮箱格式不正确", "The e-mail address is malformed"),
    required=Words("形如 name@example.org 的地址", "an address such as name@example.org"),
    remedy=_CORRECT,
    status=422,
)
WEAK_PASSWORD = declare(
    "members.weak_password",
    title=Words("密码不够安全", "The password is too weak"),
    required=Words("{required}", "{required}"),
    remedy=Words("换一个更长、不常见的密码", "choose a longer, less common password"),
    status=422,
)
WRONG_PASSWORD = declare(
    "members.wrong_password",
    title=Words("现用密码不正确", "The present password is not right"),
    required=Words("您自己的现用密码", "your own present password"),
    remedy=Words("核对后重新输入", "check it and enter it again"),
    status=422,
)
NOT_YOUR_TOKEN = declare(
    "members.not_your_token",
    title=Words("只能为自己签发或撤销令牌", "Tokens are issued and revoked by their own user"),
    required=Words("令牌所属的用户本人", "the token's own user"),
    remedy=Words(
        "由本人办理；运营方可撤销任何令牌", "let the user do it; the operator may revoke any"
    ),
    status=403,
)
SUSPENDED = declare(
    "members.suspended",
    title=Words("该成员单位已暂停或已退会", "The member is suspended or has left"),
    required=Words("在会的成员单位", "a member in good standing"),
    remedy=Words(
        "联系运营方；恢复后节点自动继续，无需重新接入",
        "ask the operator; once readmitted the node goes on by itself, without a new enrolment",
    ),
    status=423,
)
NOT_SUSPENDED = declare(
    "members.not_suspended",
    title=Words("该成员单位并未暂停", "The member is not suspended"),
    required=Words("已暂停或已退会的成员单位", "a member that is suspended or has left"),
    remedy=Words("无需办理", "nothing needs to be done"),
    status=409,
)
SIGN_IN_FAILED = declare(
    "members.sign_in_failed",
    title=Words("用户名或密码不正确", "User name or password is not right"),
    required=Words("有效用户的用户名和密码", "the name and password of an active user"),
    remedy=Words(
        "核对大小写后重试；忘记密码请联系运营方",
        "check upper and lower case and try again; if it is forgotten, ask the operator",
    ),
    status=401,
)
SIGN_IN_BLOCKED = declare(
    "members.sign_in_blocked",
    title=Words("登录失败次数过多，已暂停", "Signing in is paused after too many failures"),
    required=Words(
        "{minutes} 分钟内失败不超过 {limit} 次", "at most {limit} failures in {minutes} min"
    ),
    remedy=Words("请在 {wait} 分钟后再试", "try again in {wait} min"),
    status=429,
)
