"""The node's settings from the environment."""

from __future__ import annotations

import os

from qundao.kernel.settings import Setting, check_settings, read_bool, read_positive
from qundao.kernel.words import Words


def _poll(text: str) -> int:
    seconds = read_positive(text)
    if seconds > 60:
        raise ValueError("above 60")
    return seconds


def _listed(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not found:
        raise ValueError("no entry")
    return found


PASSPHRASE: Setting[str | None] = Setting(
    "QUNDAO_NODE_PASSPHRASE",
    str,
    None,
    "text",
    Words(
        "加密节点密钥文件的口令；不设则仅靠文件权限保护",
        "encrypts the node's key files; without it only the files' permissions protect them",
    ),
    secret=True,
)
POLL_SECONDS: Setting[int] = Setting(
    "QUNDAO_NODE_POLL_SECONDS",
    _poll,
    25,
    "1–60",
    Words(
        "一次长轮询最多等待的秒数；中间代理会切断更长的连接时调小",
        "how long one poll waits; lower it where a proxy cuts longer connections",
    ),
)
ENGINE_MB: Setting[int] = Setting(
    "QUNDAO_NODE_ENGINE_MB",
    read_positive,
    1024,
    "≥ 1",
    Words("计算引擎可用的内存（MB）", "memory that the engine may use, in MB"),
)
ENGINE_THREADS: Setting[int] = Setting(
    "QUNDAO_NODE_ENGINE_THREADS",
    read_positive,
    2,
    "≥ 1",
    Words("计算引擎可用的线程数", "threads that the engine may use"),
)
VOCABULARY: Setting[bool] = Setting(
    "QUNDAO_NODE_VOCABULARY",
    read_bool,
    True,  # noqa: FBT003 (the default)
    "on, off",
    Words(
        "登记 OMOP 数据集时是否向平台汇报词表：有哪些表、哪些概念有多少人（只报分档）",
        "whether registering an OMOP dataset tells the hub its tables and how many people hold "
        "a concept, in bands",
    ),
)
VOCABULARY_NAMES: Setting[tuple[str, ...]] = Setting(
    "QUNDAO_NODE_VOCABULARY_NAMES",
    _listed,
    (),
    "SNOMED, MedDRA, …",
    Words(
        "除许可自由的词表外，本单位准许汇报概念名称的词表；其余只报编号与代码",
        "vocabularies beyond the freely licensed ones whose names may be told; of others only "
        "ids and codes are",
    ),
)
SETTINGS = (
    PASSPHRASE,
    POLL_SECONDS,
    ENGINE_MB,
    ENGINE_THREADS,
    VOCABULARY,
    VOCABULARY_NAMES,
)


def check_environment() -> None:
    """Raise `kernel.bad_setting` for every setting that cannot be read."""
    check_settings(SETTINGS, os.environ)


def passphrase() -> str | None:
    """Return the passphrase of the key files, if one is set."""
    return PASSPHRASE.value(os.environ)


def poll_seconds() -> int:
    """Return how long one poll may wait."""
    return POLL_SECONDS.value(os.environ)
