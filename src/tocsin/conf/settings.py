"""Django's settings, from `options`."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

import dj_database_url

from tocsin.conf import providers
from tocsin.conf.options import Options, options
from tocsin.kernel.errors import ConfigError


def _database(chosen: Options) -> dict[str, Any]:
    if chosen.database_url:
        return dict(dj_database_url.parse(chosen.database_url, conn_max_age=60, conn_health_checks=True))
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": chosen.local_dir / "tocsin.sqlite3",
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }


def _secret_key(folder: Path) -> str:
    """The key that signs sessions: made once, readable by its owner alone."""
    path = folder / "secret_key"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (
            suppress(FileExistsError),
            os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file,
        ):
            file.write(secrets.token_urlsafe(48))
        return path.read_text()
    except OSError as error:
        raise ConfigError(
            f"the data folder {folder} cannot be written ({error.strerror}); "
            "make it writable for this user or set TOCSIN_DATA to another folder"
        ) from error


_options = options()

SECRET_KEY = os.environ.get("TOCSIN_SECRET_KEY") or _secret_key(_options.local_dir)
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "tocsin.web",  # before allauth: its templates are ours
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    *providers.apps(_options.providers),
    "tocsin.apps.accounts",
    "tocsin.apps.audit",
    "tocsin.apps.intake",
    "tocsin.apps.alerts",
    "tocsin.apps.detect",
    "tocsin.apps.notify",
]
MIDDLEWARE = [
    "tocsin.web.csp.ContentSecurityPolicy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tocsin.web.access.DeclaredAccess",
    "tocsin.web.acting.Acting",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "tocsin.conf.urls"
ASGI_APPLICATION = "tocsin.conf.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tocsin.web.pages.frame",
            ],
        },
    },
]
DATABASES = {"default": _database(_options)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "signin"
LOGIN_REDIRECT_URL = "now"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]

# Rate limits count in the database, so that they hold across processes.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
ALLAUTH_TRUSTED_PROXY_COUNT = _options.trusted_proxies
ACCOUNT_ADAPTER = "tocsin.web.signing.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_METHODS = ["mfa", "password"] if _options.passwords else ["mfa"]
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "reauthenticate": "10/m/user"}
MFA_ADAPTER = "tocsin.web.signing.KeyAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an address is that of an invitation, or of whoever runs this machine
MFA_RECOVERY_CODE_DIGITS = 12
MFA_FORMS = {"add_webauthn": "tocsin.web.forms.AddPasskeyForm"}
USERSESSIONS_TRACK_ACTIVITY = False  # a write a request; the last use is noted once a minute (web.acting)
SOCIALACCOUNT_ADAPTER = "tocsin.web.signing.ElsewhereAdapter"
SOCIALACCOUNT_PROVIDERS = providers.settings(_options.providers)
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False

TOCSIN_OPTIONS = _options  # for the console, which may not import `conf`

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _options.base_url.startswith("https://")
CSRF_TRUSTED_ORIGINS = [_options.base_url]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _options.trusted_proxies else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)-7s %(name)s  %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "tocsin": {"level": _options.log_level.upper()},
        "django.request": {"level": "ERROR"},  # a 404 is the visitor's affair
    },
}
