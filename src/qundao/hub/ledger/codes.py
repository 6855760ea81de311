"""The error codes of this desk."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

NOT_YOUR_CREDITS = declare(
    "ledger.not_your_credits",
    title=Words("只能动用本单位的积分", "Only one's own organisation's credits can be used"),
    required=Words("{required} 的用户", "a user of {required}"),
    remedy=Words("由该单位的用户办理", "let a user of that organisation do it"),
    status=403,
)
UNKNOWN_TARIFF = declare(
    "ledger.unknown_tariff",
    title=Words("没有此版本的价目表", "There is no tariff of that version"),
    required=Words("以下之一：{known}", "one of: {known}"),
    remedy=Words("选用已公布的版本", "choose a published version"),
    status=422,
)
TARIFF_IN_THE_PAST = declare(
    "ledger.tariff_in_the_past",
    title=Words("价目表不能追溯生效", "A tariff cannot take effect in the past"),
    required=Words("{required} 或之后", "{required} or later"),
    remedy=Words("改用今天或以后的日期", "choose today or a later day"),
    status=422,
)
