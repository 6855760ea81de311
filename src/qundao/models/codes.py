"""Error codes of the models room."""

from __future__ import annotations

from qundao.kernel.errors import declare
from qundao.kernel.words import Words

UNKNOWN_MODEL = declare(
    "models.unknown_model",
    title=Words("不认识的数据模型或版本", "Unknown data model or version"),
    required=Words("以下之一：{known}", "one of {known}"),
    remedy=Words(
        "改用支持的版本，或先转换数据", "use a supported version, or convert the data first"
    ),
)
NO_MODEL = declare(
    "models.not_recognised",
    title=Words("无法识别数据的标准模型", "The tables belong to no known standard model"),
    required=Words(
        "OMOP（含 person、observation_period 表）或 CDISC（含 dm 或 adsl 表）",
        "OMOP (with tables person and observation_period) or CDISC (with dm or adsl)",
    ),
    remedy=Words(
        "检查数据源路径与 schema，或先用 intake 转换为标准模型",
        "check the source's path and schema, or convert the data with intake first",
    ),
)
WRONG_VERSION = declare(
    "models.wrong_version",
    title=Words("数据与指定的模型版本不符", "The data do not fit the model version given"),
    required=Words("{model} 的字段：{expected}", "the fields of {model}: {expected}"),
    remedy=Words(
        "去掉版本参数让系统自动识别，或更正数据",
        "leave the version out so that it is detected, or correct the data",
    ),
)
