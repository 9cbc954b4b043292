"""Settings, all from the environment; without any, a safe local installation under `var/`.

`docs/deployment.md` explains every variable. A missing or absurd one stops the start with its name.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from carbontrack import logging as structured_logging
from carbontrack.engine import local_endpoint
from carbontrack.environment import Environment
from carbontrack.social_providers import social_providers

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(os.environ)

#: Production insists on HTTPS and on every variable that matters; local mode works as it is.
PRODUCTION = env.production
DEBUG = env.flag("DEBUG", default=False)
if DEBUG and PRODUCTION:
    raise ImproperlyConfigured("DEBUG must be off in production: its error pages show secrets.")
STATE_DIR = Path(env.text("STATE_DIR", default=str(BASE_DIR / "var"))).absolute()
SECRET_KEY = env.secret_key("SECRET_KEY", state_dir=STATE_DIR)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS", default="")
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", local="127.0.0.1,localhost,[::1]")

#: Sign-in with another account: those of these providers whose id and secret are in the environment.
SOCIALACCOUNT_PROVIDERS = social_providers(env)
SOCIAL_PROVIDER_APPS = [f"allauth.socialaccount.providers.{name}" for name in SOCIALACCOUNT_PROVIDERS]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "django_htmx",
    "template_partials",
    "django_tasks",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    *SOCIAL_PROVIDER_APPS,
    "carbontrack.dynamodb",
    "accounts",
    "organizations",
    "emissions",
]

MIDDLEWARE = [
    # Above the files, so that they and every error get an id, a log line and the headers as well.
    "carbontrack.middleware.RequestLogMiddleware",
    "carbontrack.middleware.SecurityHeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages in a tenth of their size. Below the files, which are compressed already, and above all that writes
    # pages. Its padding and Django's masked tokens defend against BREACH (secrets guessed from sizes).
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "carbontrack.middleware.HostMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.sessions.LastSeenMiddleware",
    "accounts.middleware.ProfileMiddleware",
    "accounts.middleware.InvalidFormMiddleware",
    "carbontrack.middleware.PolicyMiddleware",
    "organizations.middleware.OrganizationMiddleware",
    "carbontrack.middleware.DataLayerErrorMiddleware",
]

ROOT_URLCONF = "carbontrack.urls"
WSGI_APPLICATION = "carbontrack.wsgi.application"

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
                "accounts.context_processors.person",
            ],
            "builtins": ["template_partials.templatetags.partials", "emissions.templatetags.drawing"],
        },
    },
]

DATABASES = {
    "default": env.database("DATABASE_URL", local=f"sqlite:///{quote(str(STATE_DIR))}/carbontrack.sqlite3")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        # A transaction takes the write lock at once: waiting works then, upgrading a read lock fails.
        "transaction_mode": "IMMEDIATE",
        # In seconds. Whoever holds the lock for longer is stuck; a person is better told to try again.
        "timeout": 5,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        " PRAGMA journal_size_limit=67108864; PRAGMA mmap_size=134217728;"
        " PRAGMA cache_size=-1000; PRAGMA temp_store=MEMORY;",
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "carbontrack.shared_cache.SharedCache", "LOCATION": "shared_cache"}}
TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend",
        "OPTIONS": {"id_function": "carbontrack.job_queue.new_task_id"},
    }
}
#: Whether requests, errors and what DynamoDB does are counted for staff to see: carbontrack/usage.py.
COUNT_USAGE = True
#: How often a process looks whether factors were published since; None is never.
FACTORS_REFRESH_SECONDS: float | None = 30

# -- DynamoDB -----------------------------------------------------------------------------------------------

#: Nothing means Amazon's own endpoint of the region; locally it is the embedded engine's.
DYNAMODB_ENDPOINT_URL = env.url(
    "DYNAMODB_ENDPOINT_URL", default="" if PRODUCTION else local_endpoint(STATE_DIR)
)
DYNAMODB_TABLE_PREFIX = env.table_prefix("DYNAMODB_TABLE_PREFIX")
DYNAMODB_REGION = env.text("AWS_REGION", default=os.environ.get("AWS_DEFAULT_REGION"), local="local")
#: What `dynamodb create` switches on and `verify` looks for: recovery to a point in time, encryption with
#: KMS, protection from deletion and a stream of changes (in the embedded engine it doubles a write's work).
DYNAMODB_PRODUCTION_PROTECTION = PRODUCTION
#: The role that reaches one person's partitions and no others (`manage.py dynamodb iam`). With it, one's own
#: data is read and written with credentials of STS that are narrowed to who is signed in.
DYNAMODB_PERSON_ROLE_ARN = env.text("DYNAMODB_PERSON_ROLE_ARN", default="")
#: Connections a process may hold: at least its threads, and two for readiness probes.
DYNAMODB_MAX_CONNECTIONS = env.integer("DYNAMODB_MAX_CONNECTIONS", default=32, minimum=1, maximum=1000)

# -- People -------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_REDIRECT_URL = "emissions:home"
LOGIN_URL = "account_login"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email",)},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
#: A link that resets a password works for an hour, and once.
PASSWORD_RESET_TIMEOUT = 3600
#: "Keep me signed in" lasts this long; without it a session ends with the browser.
SESSION_COOKIE_AGE = 30 * 24 * 3600

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_FORMS = {
    "signup": "accounts.forms.credentials.SignUpForm",
    "login": "accounts.forms.credentials.SignInForm",
    "reset_password": "accounts.forms.credentials.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.credentials.NewPasswordForm",
    "change_password": "accounts.forms.credentials.ChangePasswordForm",
    "set_password": "accounts.forms.credentials.SetPasswordForm",
    "add_email": "accounts.forms.credentials.ChangeEmailForm",
    "reauthenticate": "accounts.forms.credentials.ReauthenticateForm",
    "request_login_code": "accounts.forms.second_step.RequestCodeForm",
    "confirm_login_code": "accounts.forms.second_step.ConfirmCodeForm",
}
#: Mandatory is what makes the answer to a sign-up the same whether or not the address has an account: both
#: say "look into your mail". On one's own machine there is no mail to look into, and nobody to hide it from.
ACCOUNT_EMAIL_VERIFICATION = env.choice(
    "EMAIL_VERIFICATION", ("mandatory", "optional", "none"), default="mandatory" if PRODUCTION else "none"
)
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
#: Counted in the shared cache, so for all processes together. The other limits are allauth's own.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/10m/key", "confirm_login_code": "30/m/ip,10/10m/key"}

#: One may sign in with a mailed code instead of a password. It works for ten minutes and three tries.
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
MFA_ADAPTER = "accounts.authenticators.AuthenticatorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "CarbonTrack"
#: A phone's clock may be half a minute off. No code works twice for that (`accounts/one_time_codes.py`).
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
#: Whether an address has to be confirmed first is `accounts.second_step.may_be_set_up`: the library would
#: also keep whoever has a second step from ever changing their address.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "activate_totp": "accounts.forms.second_step.ActivateAppForm",
    "add_webauthn": "accounts.forms.second_step.AddPasskeyForm",
    "edit_webauthn": "accounts.forms.second_step.EditPasskeyForm",
    "authenticate": "accounts.forms.second_step.AuthenticateForm",
    "authenticate_webauthn": "accounts.forms.second_step.AuthenticatePasskeyForm",
    "login_webauthn": "accounts.forms.second_step.SignInPasskeyForm",
    "reauthenticate": "accounts.forms.second_step.ReauthenticateForm",
    "reauthenticate_webauthn": "accounts.forms.second_step.ReauthenticatePasskeyForm",
}
#: A browser takes `localhost` for a safe place; the library has to be told so.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
SOCIALACCOUNT_ADAPTER = "accounts.social.SocialAccountAdapter"
#: A provider's address never leads to an account that exists, and its tokens are not kept (decision 23).
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_FORMS = {"disconnect": "accounts.forms.other_accounts.DisconnectForm"}

# -- Organizations ------------------------------------------------------------------------------------------

#: Besides one for each member: what an organization may send in an hour.
INVITATIONS_PER_HOUR = env.integer("INVITATIONS_PER_HOUR", default=40, minimum=1, maximum=100_000)

# -- Warehouse ----------------------------------------------------------------------------------------------

#: Makes the pseudonyms of people in the files of `manage.py warehouse`, which does not run without.
WAREHOUSE_KEY = env.secret_key("WAREHOUSE_KEY", state_dir=STATE_DIR, kept_as="warehouse_key", required=False)

# -- Mail ---------------------------------------------------------------------------------------------------

_mail = env.mail("EMAIL_URL", local="consolemail://")
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail.get("EMAIL_HOST", "localhost")
EMAIL_PORT = _mail.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _mail.get("EMAIL_FILE_PATH") or None
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.address("DEFAULT_FROM_EMAIL", local="CarbonTrack <carbontrack@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# -- Words, time, files -------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = STATE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

#: Keeps what a route takes, and drops all other files.
FILE_UPLOAD_HANDLERS = ["carbontrack.uploads.BoundedUploadHandler"]

#: Where archived months go: a folder or s3://bucket/prefix. In production somebody has to choose a place that
#: is backed up; until then nothing is archived.
ARCHIVE_URL = env.text("ARCHIVE_URL", default="" if PRODUCTION else str(STATE_DIR / "archive"))

#: Whom to tell about a weakness: `mailto:` or `https:`. Nothing: no security.txt.
SECURITY_CONTACT = env.contact("SECURITY_CONTACT")

# -- Browser ------------------------------------------------------------------------------------------------

#: How many proxies of one's own stand in front; each adds one address to X-Forwarded-For. More is forged.
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", default=0, minimum=0, maximum=10)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()"
#: Preloading binds a domain for months, for every site on it: its owner decides, not this application.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "carbontrack-session"
SESSION_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "carbontrack-csrf"
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "carbontrack.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "script-src-attr": [NONE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "upgrade-insecure-requests": PRODUCTION,
    },
}

# -- Logs ---------------------------------------------------------------------------------------------------

LOGGING = structured_logging.configure(
    as_json=env.choice("LOG_FORMAT", ("json", "console"), default="json" if PRODUCTION else "console")
    == "json",
    level=env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO"),
)
