"""The error codes of this room."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

BAD_CATALOGUE = declare(
    "quality.bad_catalogue",
    title=Words("质量检查目录有误", "The catalogue of checks is malformed"),
    required=Words("{required}", "{required}"),
    remedy=Words(
        "更正目录中的这一行后重新运行", "correct that line of the catalogue and run again"
    ),
    status=422,
)
NO_CHECKS = declare(
    "quality.no_checks",
    title=Words("没有适用于该模型的检查", "No checks exist for this model"),
    required=Words("以下模型之一：{known}", "one of the models {known}"),
    remedy=Words(
        "改用支持的模型版本，或提供自己的检查目录",
        "use a supported model version, or supply a catalogue of your own",
    ),
    status=422,
)
NO_SUCH_TABLE = declare(
    "quality.no_such_table",
    title=Words("没有这张表", "There is no such table"),
    required=Words("--table 为以下之一：{held}", "--table, one of {held}"),
    remedy=Words("指明要查看的表", "name the table to look at"),
    status=422,
)
OTHER_PROFILE = declare(
    "quality.other_profile",
    title=Words("不是一份概貌文件", "That is no profile"),
    required=Words(
        "由 qundao quality profile --out 写出的 {schema} 文件",
        "a {schema} file, as qundao quality profile --out writes it",
    ),
    remedy=Words("换成上一版本的概貌文件", "give the profile of the version before"),
    status=422,
)
_NOTHING_RAN = Words(
    "按行号更正文件后重新运行；什么都没有执行",
    "correct the file at the line named and run again; nothing has run",
)
BAD_YAML = declare(
    "quality.bad_yaml",
    title=Words("检查文件无法读取", "The file of checks cannot be read"),
    required=Words("{zh}", "{en}"),
    remedy=_NOTHING_RAN,
    status=422,
)
BAD_SITE_ENTRY = declare(
    "quality.bad_site_entry",
    title=Words("检查文件中的一项有误", "An entry in the file of checks is wrong"),
    required=Words("{zh}", "{en}"),
    remedy=_NOTHING_RAN,
    status=422,
)
BAD_CONDITION = declare(
    "quality.bad_condition",
    title=Words("条件不能使用", "The condition cannot be used"),
    required=Words(
        "只由该表的字段（相近：{near}）、以其键指向的“表.字段”、数与文字、比较、AND/OR/NOT、"
        "加减乘除、IN、BETWEEN、LIKE、IS NULL 以及函数 {functions} 组成",
        "fields of the table (near: {near}), table.field of a row that it points at by key, "
        "numbers and texts, comparisons, AND/OR/NOT, arithmetic, IN, BETWEEN, LIKE, IS NULL, and "
        "the functions {functions}; nothing else",
    ),
    remedy=_NOTHING_RAN,
    status=422,
)
CANNOT_COMPARE = declare(
    "quality.cannot_compare",
    title=Words("数据库无法执行这项检查", "The database cannot carry out this check"),
    required=Words(
        "类型相合的比较，如数与数、日期与日期",
        "comparisons of what fits together: numbers with numbers, dates with dates",
    ),
    remedy=_NOTHING_RAN,
    status=422,
)
BAD_WAIVER = declare(
    "quality.bad_waiver",
    title=Words("豁免不成立", "The waiver does not stand"),
    required=Words("{zh}", "{en}"),
    remedy=Words("更正后重新提交；什么都没有改变", "correct it and try again; nothing was changed"),
    status=422,
)
