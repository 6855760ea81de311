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
