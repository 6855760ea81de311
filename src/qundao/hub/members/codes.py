"""The error codes of this desk."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

BAD_MEMBER = declare(
    "members.bad_member",
    title=Words("成员单位信息不正确", "The member's entry is not as required"),
    required=Words("{required}", "{required}"),
    remedy=Words("对照登记证书更正后重新提交", "correct it after the certificate and send again"),
    status=422,
)
BAD_USER = declare(
    "members.bad_user",
    title=Words("用户信息不正确", "The user's entry is not as required"),
    required=Words("{required}", "{required}"),
    remedy=Words("更正后重新提交", "correct it and send again"),
    status=422,
)
SIGN_IN_FAILED = declare(
    "members.sign_in_failed",
    title=Words("用户名或密码不正确", "User name or password is not right"),
    required=Words("有效用户的用户名和密码", "the name and password of an active user"),
    remedy=Words(
        "核对大小写后重试；忘记密码请联系本单位的数据管理员或运营方",
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
