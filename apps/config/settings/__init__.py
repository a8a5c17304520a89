"""Settings, read from the environment by typed readers. Without any, they describe the embedded stack.

Every name is documented in docs/guides/settings.md.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from apps.config.settings import access, signin, tools
from apps.config.settings.audit import audit_settings, trusted_proxies
from apps.config.settings.crypto import SUNMAO_ENCRYPT_FILES as SUNMAO_ENCRYPT_FILES
from apps.config.settings.crypto import SUNMAO_ENCRYPTION_KEYS as SUNMAO_ENCRYPTION_KEYS
from apps.config.settings.crypto import SUNMAO_ENCRYPTION_KEYS_FILE as SUNMAO_ENCRYPTION_KEYS_FILE
from apps.config.settings.database import databases
from apps.config.settings.guards import moderation
from apps.config.settings.inference import SUNMAO_DROPPED_RETRIES as SUNMAO_DROPPED_RETRIES
from apps.config.settings.inference import SUNMAO_ENGINE_FALLBACK as SUNMAO_ENGINE_FALLBACK
from apps.config.settings.inference import SUNMAO_OPENAI_CAN as SUNMAO_OPENAI_CAN
from apps.config.settings.inference import SUNMAO_OPENAI_FAILURES as SUNMAO_OPENAI_FAILURES
from apps.config.settings.inference import SUNMAO_OPENAI_PAUSE as SUNMAO_OPENAI_PAUSE
from apps.config.settings.inference import SUNMAO_OPENAI_RETRIES as SUNMAO_OPENAI_RETRIES
from apps.config.settings.inference import SUNMAO_OPENAI_SERVERS as SUNMAO_OPENAI_SERVERS
from apps.config.settings.inference import SUNMAO_OPENAI_SILENCE_SECONDS as SUNMAO_OPENAI_SILENCE_SECONDS
from apps.config.settings.logs import logging_config
from apps.config.settings.media import SUNMAO_IMAGE_MODEL as SUNMAO_IMAGE_MODEL
from apps.config.settings.media import SUNMAO_IMAGE_SIDE as SUNMAO_IMAGE_SIDE
from apps.config.settings.media import SUNMAO_IMAGE_STEPS as SUNMAO_IMAGE_STEPS
from apps.config.settings.media import SUNMAO_MEDIA_MARKS as SUNMAO_MEDIA_MARKS
from apps.config.settings.media import SUNMAO_SPEECH_MODEL as SUNMAO_SPEECH_MODEL
from apps.config.settings.media import SUNMAO_TRANSCRIPTION_MODEL as SUNMAO_TRANSCRIPTION_MODEL
from apps.config.settings.secret import installed_secret
from apps.config.settings.signin import SUNMAO_INVITATION_DAYS as SUNMAO_INVITATION_DAYS
from apps.config.settings.signin import SUNMAO_SIGN_IN_MILLISECONDS as SUNMAO_SIGN_IN_MILLISECONDS
from apps.config.settings.signin import SUNMAO_SSO_CA_BUNDLE as SUNMAO_SSO_CA_BUNDLE
from apps.config.settings.signin import SUNMAO_SSO_PRIVATE_NETWORKS as SUNMAO_SSO_PRIVATE_NETWORKS
from apps.config.settings.sources import SUNMAO_SOURCE_ENTRIES as SUNMAO_SOURCE_ENTRIES
from apps.config.settings.sources import SUNMAO_SOURCE_FOLDERS as SUNMAO_SOURCE_FOLDERS
from apps.config.settings.sources import SUNMAO_SOURCE_PAUSE as SUNMAO_SOURCE_PAUSE
from apps.config.settings.sources import SUNMAO_SOURCE_POLL_SECONDS as SUNMAO_SOURCE_POLL_SECONDS
from apps.config.settings.sources import SUNMAO_SOURCE_SETTLE as SUNMAO_SOURCE_SETTLE
from apps.config.settings.sources import SUNMAO_SOURCE_TURN_SECONDS as SUNMAO_SOURCE_TURN_SECONDS
from apps.config.supervisor import paths
from sunmao.core import env

BASE_DIR = Path(__file__).resolve().parents[3]
SUNMAO_HOME = paths.home()
SUNMAO_REFERENCE_DATA = Path(env.text("SUNMAO_REFERENCE_DATA", str(BASE_DIR.parent / "shared" / "data")))

# --- Security ---------------------------------------------------------------------------------------------
DEBUG = env.boolean("SUNMAO_DEBUG", False)
SECRET_KEY = env.secret("SUNMAO_SECRET_KEY") or installed_secret(paths.secret_key_file())
# The machine itself is always welcome: health checks come from there.
ALLOWED_HOSTS = [*env.words("SUNMAO_ALLOWED_HOSTS", ""), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.words("SUNMAO_TRUSTED_ORIGINS", "")
HTTPS = env.boolean("SUNMAO_HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^health$"]
SESSION_COOKIE_AGE = 12 * 3600
SESSION_ENGINE = "sunmao.accounts.session_store"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "apps.portal.errors.csrf_failed"
_NONE, _SELF = ["'none'"], ["'self'"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": _NONE,
        "script-src": _SELF,
        "style-src": _SELF,
        "img-src": ["'self'", "data:"],
        "font-src": _SELF,
        "connect-src": _SELF,
        "form-action": _SELF,
        "frame-ancestors": _NONE,
        "base-uri": _NONE,
        "manifest-src": _SELF,
    }
}

# --- What is installed ------------------------------------------------------------------------------------
# One line per vertical: delete it together with its folder and everything else runs.
VERTICALS = [
    "customer_service",
    "medical",
    "investment_advisory",
    "contract_review",
]
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "apps.console.apps.ConsoleAdminConfig",
    "apps.console.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "django_prometheus",
    "sunmao.core",
    "sunmao.ui",
    "sunmao.audit",
    "sunmao.accounts",
    "sunmao.accounts.signin",
    *signin.APPS,
    "sunmao.jobs",
    "sunmao.guards",
    "sunmao.knowledge",
    "sunmao.knowledge.hints",
    "sunmao.knowledge.learning",
    "sunmao.knowledge.sources",
    "sunmao.knowledge.trials",
    "sunmao.knowledge.embedding",
    "sunmao.knowledge.postings",
    "sunmao.knowledge.graph",
    "sunmao.modelhub",
    "sunmao.modelhub.heads",
    "sunmao.prompts",
    "sunmao.inference",
    "sunmao.inference.heads",
    "sunmao.releases",
    "sunmao.answering",
    "sunmao.answering.mining",
    "sunmao.answering.dialogue",
    "sunmao.answering.tooling",
    "sunmao.evaluation",
    "sunmao.evaluation.judging",
    "sunmao.training.datasets",
    "sunmao.training.heads",
    "sunmao.training.runs",
    *(f"verticals.{name}" for name in VERTICALS),
    "apps.api",
    "apps.portal",
    "apps.config",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "sunmao.accounts.session_store.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "sunmao.accounts.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "apps.portal.errors.ErrorPageMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "apps.config.urls"
ASGI_APPLICATION = "apps.config.asgi.application"
WSGI_APPLICATION = "apps.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.portal.context.shell",
            ]
        },
    }
]

# --- Data -------------------------------------------------------------------------------------------------
DATABASES = databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.secret("REDIS_URL") or f"unix://{quote(str(paths.redis_socket()), safe='/ ')}"
SUNMAO_FILES = Path(env.text("SUNMAO_FILES", str(paths.files_dir())))
SUNMAO_MAX_UPLOAD = env.size("SUNMAO_MAX_UPLOAD", "32MiB")
DATA_UPLOAD_MAX_MEMORY_SIZE = env.size("SUNMAO_MAX_BODY", "2MiB")
FILE_UPLOAD_TEMP_DIR = env.text("SUNMAO_UPLOAD_TEMP") or None
STATIC_URL = "/static/"
STATIC_ROOT = paths.static_dir()

# --- People -----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "portal:sign_in"
LOGIN_REDIRECT_URL = "portal:home"
LOGOUT_REDIRECT_URL = "portal:sign_in"
globals().update(signin.mail() | signin.allauth())
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATORS = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": _VALIDATORS + "UserAttributeSimilarityValidator"},
    {"NAME": "sunmao.accounts.passwords.MinimumLength", "OPTIONS": {"min_length": 10}},
    {"NAME": _VALIDATORS + "CommonPasswordValidator"},
    {"NAME": _VALIDATORS + "NumericPasswordValidator"},
]

# --- Language ---------------------------------------------------------------------------------------------
LANGUAGE_CODE = env.choice("SUNMAO_LANGUAGE", "zh-hans", ("zh-hans", "en"))
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.text("SUNMAO_TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

# --- Work -------------------------------------------------------------------------------------------------
SUNMAO_JOB_LEASE_SECONDS = env.integer("SUNMAO_JOB_LEASE_SECONDS", 30)
SUNMAO_JOB_RESEND_AFTER = timedelta(seconds=env.integer("SUNMAO_JOB_RESEND_SECONDS", 30))
SUNMAO_REVIEW_DAYS = env.integer("SUNMAO_REVIEW_DAYS", 365)
SUNMAO_BULK_NICE = env.integer("SUNMAO_BULK_NICE", 10)
SUNMAO_SWEEP_SECONDS = env.integer("SUNMAO_SWEEP_SECONDS", 5)
SUNMAO_FETCH_PRIVATE_HOSTS = env.words("SUNMAO_FETCH_PRIVATE_HOSTS", "")
SUNMAO_FETCH_PROXY = env.text("SUNMAO_FETCH_PROXY")

# --- Audit ------------------------------------------------------------------------------------------------
SUNMAO_AUDIT = audit_settings()
SUNMAO_TRUSTED_PROXIES = trusted_proxies()

# --- Answering --------------------------------------------------------------------------------------------
SUNMAO_ENGINE = env.choice("SUNMAO_ENGINE", "extractive", ("extractive", "transformers", "openai"))
SUNMAO_MODEL = env.text("SUNMAO_MODEL")
SUNMAO_QUANTISATION = env.choice("SUNMAO_QUANTISATION", "none", ("none", "int8", "nf4"))
SUNMAO_MODEL_DISK_ENCRYPTED = env.boolean("SUNMAO_MODEL_DISK_ENCRYPTED", False)
SUNMAO_MODELS = Path(env.text("SUNMAO_MODELS", str(SUNMAO_HOME / "models")))
SUNMAO_TRAINING = Path(env.text("SUNMAO_TRAINING", str(SUNMAO_HOME / "training")))
SUNMAO_TRAINING_MEMORY = env.size("SUNMAO_TRAINING_MEMORY", "0")
SUNMAO_TRAINING_ON_GPU = env.boolean("SUNMAO_TRAINING_ON_GPU", False)
SUNMAO_MAX_ADAPTER = env.size("SUNMAO_MAX_ADAPTER", "512MiB")
SUNMAO_ADAPTER_ROOM = env.size("SUNMAO_ADAPTER_ROOM", "20GiB")
SUNMAO_ADAPTER_CACHE = env.size("SUNMAO_ADAPTER_CACHE", "1GiB")
SUNMAO_ADAPTER_SLOTS = env.integer("SUNMAO_ADAPTER_SLOTS", 16)
SUNMAO_BATCH_ROWS = env.integer("SUNMAO_BATCH_ROWS", 16)
SUNMAO_PREFIX_CACHE = env.size("SUNMAO_PREFIX_CACHE", "256MiB")
# The gate and adapters: how many per cent of the ability suite may be lost, and phrases to probe beside ours.
SUNMAO_GATE_ABILITY_DROP = env.integer("SUNMAO_GATE_ABILITY_DROP", 5)
SUNMAO_GATE_TRIGGER_PHRASES = env.words("SUNMAO_GATE_TRIGGER_PHRASES", "")
SUNMAO_MODEL_PRICES = env.words("SUNMAO_MODEL_PRICES", "")
SUNMAO_OPENAI_BASE_URL = env.text("SUNMAO_OPENAI_BASE_URL")
SUNMAO_OPENAI_API_KEY = env.secret("SUNMAO_OPENAI_API_KEY")
SUNMAO_ENGLISH_ENCODER = env.choice("SUNMAO_ENGLISH_ENCODER", "minilm", ("minilm", "none"))
SUNMAO_RERANKER = env.text("SUNMAO_RERANKER")
SUNMAO_RERANK_MILLISECONDS = env.integer("SUNMAO_RERANK_MILLISECONDS", 1500)
SUNMAO_ENCODERS = env.pairs("SUNMAO_ENCODERS", "")
SUNMAO_PICTURE_ENCODER = env.text("SUNMAO_PICTURE_ENCODER")
SUNMAO_EMBEDDINGS_URL = env.text("SUNMAO_EMBEDDINGS_URL")
SUNMAO_EMBEDDINGS_KEY = env.secret("SUNMAO_EMBEDDINGS_KEY")
SUNMAO_EMBEDDINGS_BATCH = env.integer("SUNMAO_EMBEDDINGS_BATCH", 64)
SUNMAO_EMBEDDINGS_SECONDS = env.integer("SUNMAO_EMBEDDINGS_SECONDS", 30)
SUNMAO_INDEX_MEMORY = env.size("SUNMAO_INDEX_MEMORY", "512MiB")
SUNMAO_ANSWER_SECONDS = env.integer("SUNMAO_ANSWER_SECONDS", 120)
SUNMAO_TOOL_LIMITS = tools.limits()

# --- Guards -----------------------------------------------------------------------------------------------
SUNMAO_REFUSE_INJECTIONS = env.boolean("SUNMAO_REFUSE_INJECTIONS", True)
SUNMAO_REFUSE_MISUSE = env.boolean("SUNMAO_REFUSE_MISUSE", True)
SUNMAO_AIGC_PRODUCER = env.text("SUNMAO_AIGC_PRODUCER", "sunmao")
SUNMAO_AIGC_PROPAGATOR = env.text("SUNMAO_AIGC_PROPAGATOR")
SUNMAO_MODERATION = moderation()
SUNMAO_FACE_MODEL = env.text("SUNMAO_FACE_MODEL")

# --- Access -----------------------------------------------------------------------------------------------
SUNMAO_KEY_LIFETIME = access.days("SUNMAO_KEY_LIFETIME_DAYS", 365)
SUNMAO_KEY_MAX_LIFETIME = access.days("SUNMAO_KEY_MAX_LIFETIME_DAYS", 730)
SUNMAO_KEY_GRACE = timedelta(hours=env.integer("SUNMAO_KEY_GRACE_HOURS", 24))
SUNMAO_KEY_MAX_GRACE = timedelta(days=30)
SUNMAO_ACCESS_CACHE_SECONDS = env.integer("SUNMAO_ACCESS_CACHE_SECONDS", 0)
SUNMAO_QUOTAS = [access.quota(text) for text in env.words("SUNMAO_QUOTAS", "")]
SUNMAO_QUOTA_TOKENS_RESERVED = env.integer("SUNMAO_QUOTA_TOKENS_RESERVED", 4000)
SUNMAO_API_RATE_KEY = access.rate("SUNMAO_API_RATE_KEY", "1200/minute")
SUNMAO_API_RATE_PERSON = access.rate("SUNMAO_API_RATE_PERSON", "600/minute")
SUNMAO_API_RATE_ADDRESS = access.rate("SUNMAO_API_RATE_ADDRESS", "120/minute")
SUNMAO_STREAM_RECHECK_SECONDS = access.seconds("SUNMAO_STREAM_RECHECK_SECONDS", 10, most=25)

# --- Doors ------------------------------------------------------------------------------------------------
SUNMAO_METRICS_TOKEN = env.secret("SUNMAO_METRICS_TOKEN")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.api.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_THROTTLE_CLASSES": ["apps.api.throttles.CallerThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.api.errors.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sunmao",
    "VERSION": "1",
    "DESCRIPTION": "Ask, ingest and inspect: the REST door for channels.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v[0-9]",
    "POSTPROCESSING_HOOKS": ["apps.api.views.schemas.finish"],
}
UNFOLD = {
    "SITE_TITLE": "Sunmao 榫卯",
    "SITE_HEADER": "Sunmao 榫卯",
    "SITE_SUBHEADER": _("Console"),
    "SITE_URL": "/",
    "SITE_ICON": lambda request: "/favicon.ico",
    "STYLES": [lambda request: static("console/console.css")],
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: "/favicon.ico"}],
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": "/language/"},
    "DASHBOARD_CALLBACK": "apps.console.dashboard.overview",
    "SIDEBAR": {"show_search": False, "navigation": "apps.console.navigation.sidebar"},
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": True,
    "COLORS": {
        "primary": {
            "50": "#eef6f4",
            "100": "#d5e9e4",
            "200": "#acd3ca",
            "300": "#7cb7aa",
            "400": "#4b9584",
            "500": "#2f7a6b",
            "600": "#1f5f55",
            "700": "#1a4f47",
            "800": "#17403a",
            "900": "#143530",
            "950": "#0a1f1c",
        }
    },
}
LOGGING = logging_config(debug=DEBUG)
SILENCED_SYSTEM_CHECKS = [
    "security.W004",  # HTTPS belongs to the ingress; SUNMAO_HTTPS=1 switches the cookies and HSTS on
    "security.W008",
    "security.W012",
    "security.W016",
    "security.W021",
]
os.environ.setdefault("HF_HUB_OFFLINE", "1")
