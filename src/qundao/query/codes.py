"""Error codes of the query room."""

from __future__ import annotations

from qundao.kernel.errors import QundaoError, declare, fail
from qundao.kernel.words import Words

INVALID = declare(
    "query.invalid",
    title=Words("定义不正确", "The definition is not valid"),
    required=Words("{required_zh}", "{required_en}"),
    remedy=Words("按提示更正定义的这一处", "correct the definition at this place"),
)
MALFORMED = declare(
    "query.malformed",
    title=Words("定义无法读取", "The definition cannot be read"),
    required=Words("{required_zh}", "{required_en}"),
    remedy=Words("更正 JSON 的这一处", "correct the JSON at this place"),
)
TOO_LARGE = declare(
    "query.too_large",
    title=Words("定义过大", "The definition is too large"),
    required=Words("{required_zh}", "{required_en}"),
    remedy=Words("拆分或简化定义", "split or simplify the definition"),
)
NAME_REFUSED = declare(
    "query.name_refused",
    title=Words("名称像程序，不像名称", "The name is a piece of a program, not a name"),
    required=Words("{required_zh}", "{required_en}"),
    remedy=Words("改用平常的文字作名称", "give it a name in plain words"),
)
SOURCE_LACKS = declare(
    "query.source_lacks",
    title=Words("数据源无法回答这一定义", "The source cannot answer this definition"),
    required=Words("数据源中有 {name}", "{name} in the source"),
    remedy=Words("补充该表或列，或修改定义", "add the table or column, or change the definition"),
    status=422,
)
PREDICATE = declare(
    "query.predicate_refused",
    title=Words("探索查询不被允许", "The exploring question is not allowed"),
    required=Words("{required_zh}", "{required_en}"),
    remedy=Words("改用公开的区间与词表重新提问", "ask again in the published bands and vocabulary"),
)
TOO_FINE = declare(
    "query.too_fine",
    title=Words("这一部分过细，不能在批准前试算", "Too fine to be counted before approval"),
    required=Words("{required_zh}", "{required_en}"),
    remedy=Words(
        "放粗这一部分再试算；精确的定义写进研究方案",
        "coarsen this part for the estimate; use the exact one in a study protocol",
    ),
    status=422,
)


def invalid(where: str, received: object, zh: str, en: str, code: str = INVALID) -> QundaoError:
    """Return (to be raised) what is wrong at `where`, with the requirement in both languages."""
    return fail(code, received, where, required_zh=zh, required_en=en)


LONGEST_PATH = 300
"""The most characters that are told of a place in a document."""


def printable(text: str) -> str:
    """Return a text whose unprintable characters are written as their code points.

    What is told of a definition reaches terminals and pages: none of it may move a cursor or
    turn the direction of writing.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
