"""The node's settings from the environment."""

from __future__ import annotations

import os

from qundao.kernel.settings import Setting, check_settings, read_positive
from qundao.kernel.words import Words


def _poll(text: str) -> int:
    seconds = read_positive(text)
    if seconds > 60:
        raise ValueError("above 60")
    return seconds


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
SETTINGS = (PASSPHRASE, POLL_SECONDS, ENGINE_MB, ENGINE_THREADS)


def check_environment() -> None:
    """Raise `kernel.bad_setting` for every setting that cannot be read."""
    check_settings(SETTINGS, os.environ)


def passphrase() -> str | None:
    """Return the passphrase of the key files, if one is set."""
    return PASSPHRASE.value(os.environ)


def poll_seconds() -> int:
    """Return how long one poll may wait."""
    return POLL_SECONDS.value(os.environ)
