"""Django's settings, put together from the hub's typed environment."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from qundao.hub.databases import database
from qundao.hub.environment import HubEnvironment, read_environment
from qundao.hub.folder import SECRET_FILE

HUB: HubEnvironment = read_environment(os.environ)


def _secret_key() -> str:
    """Return the key that signs sessions; without a hub folder (tests, tools) a passing one."""
    file = HUB.hub_dir / SECRET_FILE
    if HUB.secret_key:
        return HUB.secret_key
    return file.read_text("ascii").strip() if file.is_file() else secrets.token_urlsafe(48)


SECRET_KEY = _secret_key()
DEBUG = False
ALLOWED_HOSTS = list(HUB.allowed_hosts)
DATABASES = {"default": database(HUB)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "qundao.hub.common.apps.CommonConfig",
    "qundao.hub.pages",
    "qundao.hub.members",
    "qundao.hub.auditlog",
    "qundao.hub.nodes",
    "qundao.hub.ledger",
    "qundao.hub.catalogue",
    "qundao.hub.vocabulary",
    "qundao.hub.cohorts",
    "qundao.hub.explore",
    "qundao.hub.applications",
    "qundao.hub.studies",
    "qundao.hub.common.apps.TablesConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "ninja",
]
MIDDLEWARE = [
    "qundao.hub.common.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "qundao.hub.common.middleware.RequestContext",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "qundao.hub.common.middleware.ErrorEdge",
]
ROOT_URLCONF = "qundao.hub.urls"
ASGI_APPLICATION = "qundao.hub.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "qundao.hub.common.context.site",
                "qundao.hub.pages.context.frame",
            ]
        },
    }
]

# --- people --------------------------------------------------------------------------------
AUTH_USER_MODEL = "members.User"
AUTHENTICATION_BACKENDS = ["qundao.hub.members.backend.MemberBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# --- connections ---------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HUB.https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SECURE_HSTS_SECONDS = 31_536_000 if HUB.https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if HUB.https and HUB.trusted_proxies else None
)
CSRF_TRUSTED_ORIGINS = [f"https://{h}" for h in HUB.allowed_hosts if h != "*"] if HUB.https else []
CSRF_FAILURE_VIEW = "qundao.hub.common.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # the builder of definitions sends every part of a form
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024  # asgi.BodyLimit refuses earlier, path by path

# --- languages and time --------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
LOCALE_PATHS = [Path(__file__).parent / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"  # for display; the database and the log keep UTC

# --- files ---------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [Path(__file__).parent / "static"]
MEDIA_ROOT = HUB.hub_dir / "uploads"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "qundao": {"handlers": ["stderr"], "level": "INFO"},
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
