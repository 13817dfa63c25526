"""Django's settings: one file, and every difference between machines is an environment variable (config/env.py)."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from config import database, env, mail, signin

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = env.read(os.environ, root=BASE_DIR)

MIDWATCH_HOME = ENV.home
MIDWATCH_BASE_URL = ENV.base_url
MIDWATCH_HEARTBEAT_URL = ENV.heartbeat_url
MIDWATCH_METRICS_TOKEN = ENV.metrics_token
MIDWATCH_EMERGENCY_TO = list(ENV.emergency_to)
MIDWATCH_EMERGENCY_URL = ENV.emergency_url
MIDWATCH_ENCRYPTION_KEYS = ENV.encryption_keys
MIDWATCH_PRIVATE_ADDRESSES = ENV.private_addresses
# Which address stands in for a provider's API host: {} always, except in tests, which have listeners of their own.
MIDWATCH_STAND_INS: dict[str, str] = {}
# What the audit of Midwatch itself asks, by app: the audit stands below those that know the answers.
MIDWATCH_PROBES = ["apps.alerts.watching.ownprobes.PROBES", "apps.rules.lateness.PROBES"]
# Who reads what happened around an incident, for its page and its messages.
MIDWATCH_EVIDENCE = "apps.rules.evidence.reading.evidence_of"
# How the undo of a change saves what has checks of its own; the rest is written as it was.
MIDWATCH_RESTORERS = {
    "rules.rule": "apps.rules.restoring.restore",
    "alerts.channel": "apps.alerts.channels.restoring.restore",
    "connections.connection": "apps.connections.restoring.restore",
    "status.statuspage": "apps.status.restoring.restore",
}
# How somebody who joins gets the weekly digest: those whom people join by stand below those who send digests.
MIDWATCH_WEEKLY_DIGEST = "apps.alerts.services.give_weekly_digest"
# The language model that may add texts; without an address, none is asked.
MIDWATCH_LLM_URL, MIDWATCH_LLM_MODEL, MIDWATCH_LLM_KEY = ENV.llm.url, ENV.llm.model, ENV.llm.key
MIDWATCH_LLM_TIMEOUT = ENV.llm.seconds
MIDWATCH_LLM_DAILY_BUDGET, MIDWATCH_LLM_TEAM_BUDGET = ENV.llm.daily_budget, ENV.llm.team_budget
# How the undo of a deletion makes it again, of what the history holds all of.
MIDWATCH_REMAKERS = {
    "rules.rule": "apps.rules.restoring.again",
    "alerts.channel": "apps.alerts.channels.restoring.again",
    "alerts.route": "apps.alerts.routing.restoring.route_again",
    "alerts.escalation": "apps.alerts.routing.restoring.escalation_again",
    "alerts.rotation": "apps.alerts.routing.restoring.rotation_again",
    "alerts.silence": "apps.alerts.silences.restoring.again",
}
MIDWATCH_API_RATE = ENV.api_rate
MIDWATCH_KEEP_CHECKS = ENV.keep_checks
MIDWATCH_KEEP_OBSERVATIONS = ENV.keep_observations
EMBEDDED = ENV.embedded

SECRET_KEY = ENV.secret_key
DEBUG = False
ALLOWED_HOSTS = list(ENV.allowed_hosts)
CSRF_TRUSTED_ORIGINS = [ENV.base_url]
_https = ENV.base_url.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _https
# What asks for these is a machine in front of the proxy that has the certificate.
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if _https else 0
# Whether other hosts of the domain speak HTTPS is not ours to promise.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["config.uploads.NoFiles"]

# The admin's own app config would import every admin module at start; `config/urls.py` does it only where pages are
# served, so that commands such as run_rules start fast.
INSTALLED_APPS = [
    "config.admin.ThemeConfig",
    "config.admin.MidwatchAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    *signin.APPS,
    "simple_history",
    "apps.common",
    "apps.teams",
    "apps.connections",
    "apps.summaries",
    "apps.alerts",
    "apps.changes",
    "apps.rules",
    "apps.status",
    "apps.api",
    "apps.demo",
]

MIDDLEWARE = [
    "config.proxies.ClientAddressMiddleware",  # first: all others read the address
    "django.middleware.security.SecurityMiddleware",
    "config.headers.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "apps.teams.middleware.PersonTimeZoneMiddleware",
    "apps.teams.signin.secondstep.SecondStepMiddleware",
    "apps.changes.middleware.ExportAuditMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.teams.signin.look.look",
            ],
        },
    },
]

DATABASES: dict[str, Any] = {"default": database.settings(ENV.database_url)}
# Only counts how often a token asks. Without Redis each web process counts for itself.
CACHES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": ENV.redis_url}
    if ENV.redis_url
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "teams.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",  # of accounts made before; renewed at their next sign-in
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
MIDWATCH_MFA_ROLES = list(ENV.mfa_roles)
MIDWATCH_SSO_ONLY = ENV.sso_only
MIDWATCH_TRUSTED_PROXIES = ENV.trusted_proxies
MIDWATCH_OIDC = ENV.oidc
ACCOUNT_ADAPTER = "apps.teams.signin.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # who has an account was invited by mail, made by a superuser, or vouched for
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Midwatch: "
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "login": "apps.teams.signin.forms.SignInForm",
    "reset_password": "apps.teams.signin.forms.ForgottenForm",
    "change_password": "apps.teams.signin.passwordforms.ChangeForm",
    "reset_password_from_key": "apps.teams.signin.passwordforms.NewPasswordForm",
    "reauthenticate": "apps.teams.signin.passwordforms.OnceMoreForm",
}
# Behind a proxy everybody has its address: the limit of failures is that of one account, the other a wide one.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "5/300s/key"}
SOCIALACCOUNT_ADAPTER = "apps.teams.signin.company.CompanyAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form that leads to another host would be refused by form-action of our policy
SOCIALACCOUNT_PROVIDERS = {"github": {"SCOPE": ["user:email", "read:org"]}, "google": {"SCOPE": ["profile", "email"]}}
MFA_ADAPTER = "apps.teams.signin.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "apps.teams.signin.passwordforms.CodeForm",
    "activate_totp": "apps.teams.signin.passwordforms.AppForm",
    "add_webauthn": "apps.teams.signin.passwordforms.KeyForm",
    "edit_webauthn": "apps.teams.signin.passwordforms.RenameForm",
}
MFA_TOTP_ISSUER = "Midwatch"
MFA_ALLOW_UNVERIFIED_EMAIL = True

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Embedded mode serves static files where they lie, without a collectstatic step.
WHITENOISE_USE_FINDERS = True

EMAIL_CONFIGURED = bool(ENV.email_url)
EMAIL_OUTBOX = ENV.home / "outbox"
MAIL = mail.settings(ENV.email_url)
EMAIL_BACKEND = MAIL.backend
EMAIL_HOST, EMAIL_PORT = MAIL.host, MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL.user, MAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL.starttls, MAIL.ssl
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MAIL.sender

CELERY_BROKER_URL = ENV.redis_url or "memory://localhost"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1  # else batches would wait behind the one of a store that hangs
# Each batch keeps one connection's store waiting for most of its time, which costs a thread next to nothing.
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = ENV.worker_threads
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for as long as it takes: by default workers give up after an hour
# A publish must never hang a web request while the broker is away: the lease in the database brings the work back.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.5}
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {"socket_timeout": 5, "socket_connect_timeout": 5} if ENV.redis_url else {"polling_interval": 0.05}
)

SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Midwatch",
    "SITE_HEADER": "Midwatch",
    "SITE_SUBHEADER": "The watch over your data",
    "SITE_SYMBOL": "visibility",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: f"/{STATIC_URL}midwatch/icon.svg"}
    ],
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [
        lambda request: f"/{STATIC_URL}midwatch/midwatch.css",
        lambda request: f"/{STATIC_URL}midwatch/search.css",
    ],
    "SCRIPTS": [lambda request: f"/{STATIC_URL}midwatch/search.js"],
    "SIDEBAR": {"navigation": "config.navigation.sidebar"},
    "ACCOUNT": {"navigation": signin.ACCOUNT_LINKS},
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # It tells of each request with its address, which of some services holds the key.
    "loggers": {"midwatch": {"level": "INFO"}, "urllib3.connectionpool": {"level": "INFO"}},
}
