"""The hub's settings: one environment variable each, typed, checked before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qundao.hub.folder import read_options
from qundao.kernel.settings import Setting, check_settings, read_bool, read_positive
from qundao.kernel.words import Words


def _read_list(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not found:
        raise ValueError("no entry")
    return found


def _read_database(text: str) -> str:
    if not text.startswith(("sqlite:", "postgresql://", "postgres://")):
        raise ValueError("another scheme")
    return text


def _read_secret(text: str) -> str:
    if len(text) < 32:
        raise ValueError("too short")
    return text


HUB_DIR: Setting[Path] = Setting(
    "QUNDAO_HUB_DIR",
    Path,
    Path("qundao-hub"),
    "a folder",
    Words(
        "平台目录：密钥、默认数据库、上传文件", "the hub's folder: keys, default database, uploads"
    ),
)
DATABASE_URL: Setting[str] = Setting(
    "QUNDAO_DATABASE_URL",
    _read_database,
    "",
    "sqlite:PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME",
    Words(
        "数据库；默认是平台目录中的 hub.sqlite", "the database; by default hub.sqlite in the folder"
    ),
    secret=True,
)
SECRET_KEY: Setting[str] = Setting(
    "QUNDAO_SECRET_KEY",
    _read_secret,
    "",
    "at least 32 characters",
    Words(
        "会话签名密钥；默认取平台目录中 init 生成的密钥",
        "signs sessions; by default the one that init made in the hub's folder",
    ),
    secret=True,
)
ALLOWED_HOSTS: Setting[tuple[str, ...]] = Setting(
    "QUNDAO_ALLOWED_HOSTS",
    _read_list,
    ("127.0.0.1", "localhost", "[::1]"),
    "host names separated by commas",
    Words("平台可用的主机名", "the host names under which the hub answers"),
)
SITE_WORDS = Words("生物医药数据共享平台", "Biomedical Data Sharing Platform")
SITE_NAME: Setting[str] = Setting(
    "QUNDAO_SITE_NAME",
    str,
    SITE_WORDS.zh,
    "text",
    Words(
        "屏幕上显示的平台名称；默认取 init 时所给的",
        "the platform's name on screen; by default the one given to init",
    ),
)
HTTPS: Setting[bool] = Setting(
    "QUNDAO_HTTPS",
    read_bool,
    default=False,
    form="1/0, true/false, yes/no, on/off",
    meaning=Words(
        "平台经 HTTPS 对外服务（会话 cookie 只走加密连接）",
        "the hub is reached over HTTPS (session cookies travel encrypted only)",
    ),
)
TRUSTED_PROXIES: Setting[int] = Setting(
    "QUNDAO_TRUSTED_PROXIES",
    int,
    0,
    "a number from 0",
    Words(
        "平台之前的反向代理层数；0 表示不读 X-Forwarded-* 头",
        "reverse proxies in front of the hub; with 0, X-Forwarded-* headers are not read",
    ),
)
WORKERS: Setting[int] = Setting(
    "QUNDAO_WORKERS",
    read_positive,
    1,
    "a number from 1",
    Words("网页工作进程数（多于 1 时须用 PostgreSQL）", "web processes (more than 1: PostgreSQL)"),
)
HEAD_SECONDS: Setting[int] = Setting(
    "QUNDAO_HEAD_SECONDS",
    read_positive,
    60,
    "seconds from 1",
    Words("日志签名的最长间隔（秒）", "the log is signed at least this often, in seconds"),
)

SETTINGS = (
    HUB_DIR,
    DATABASE_URL,
    SECRET_KEY,
    ALLOWED_HOSTS,
    SITE_NAME,
    HTTPS,
    TRUSTED_PROXIES,
    WORKERS,
    HEAD_SECONDS,
)


@dataclass(frozen=True, slots=True)
class HubEnvironment:
    """The hub's settings as read; `secret_key` is empty when the folder's own key is meant."""

    hub_dir: Path
    database_url: str
    secret_key: str
    allowed_hosts: tuple[str, ...]
    site_name: str
    https: bool
    trusted_proxies: int
    workers: int
    head_seconds: int


def read_environment(environ: Mapping[str, str]) -> HubEnvironment:
    """Read every setting. Raises `kernel.bad_setting` with all wrong ones at once."""
    check_settings(SETTINGS, environ)
    folder = HUB_DIR.value(environ).absolute()
    said = {SITE_NAME.name: read_options(folder).get("site_name", "")}
    environ = said | dict(environ)
    return HubEnvironment(
        hub_dir=folder,
        database_url=DATABASE_URL.value(environ),
        secret_key=SECRET_KEY.value(environ),
        allowed_hosts=ALLOWED_HOSTS.value(environ),
        site_name=SITE_NAME.value(environ),
        https=HTTPS.value(environ),
        trusted_proxies=TRUSTED_PROXIES.value(environ),
        workers=WORKERS.value(environ),
        head_seconds=HEAD_SECONDS.value(environ),
    )


def site_words(name: str) -> Words:
    """Return the platform's name; one that its operator chose is the same in both languages."""
    return Words(name, name) if name and name != SITE_WORDS.zh else SITE_WORDS
