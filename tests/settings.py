"""The product's own settings, made independent of the machine, and quick."""

import os
import tempfile
from pathlib import Path

for name in (
    "CARBONTRACK_ENV",
    "ALLOWED_HOSTS",
    "EMAIL_URL",
    "DEFAULT_FROM_EMAIL",
    "TRUSTED_PROXIES",
    "DEBUG",
):
    os.environ.pop(name, None)
os.environ["SECRET_KEY"] = "only-for-tests-" + "0123456789abcdefghijklmnopqrstuvwxyz"
os.environ["WAREHOUSE_KEY"] = "pseudonyms-of-tests-" + "0123456789abcdefghijklmnopqrstuvwxyz"
# One of each kind to sign in with, so that every route of theirs is swept. No test reaches them.
os.environ |= {
    "GOOGLE_CLIENT_ID": "google-id",
    "GOOGLE_CLIENT_SECRET": "google-secret",
    "MICROSOFT_CLIENT_ID": "microsoft-id",
    "MICROSOFT_CLIENT_SECRET": "microsoft-secret",
    "COGNITO_CLIENT_ID": "cognito-id",
    "COGNITO_CLIENT_SECRET": "cognito-secret",
    "COGNITO_DOMAIN": "https://people.auth.example.org",
    "SECURITY_CONTACT": "mailto:security@example.org",
    "OIDC_PROVIDERS": "keycloak,works",
    "OIDC_KEYCLOAK_CLIENT_ID": "keycloak-id",
    "OIDC_KEYCLOAK_CLIENT_SECRET": "keycloak-secret",
    "OIDC_KEYCLOAK_ISSUER": "https://id.example.org/realms/people",
    "OIDC_WORKS_CLIENT_ID": "works-id",
    "OIDC_WORKS_CLIENT_SECRET": "works-secret",
    "OIDC_WORKS_ISSUER": "https://id.works.example",
    "OIDC_WORKS_NAME": "The Works",
    "OIDC_WORKS_DOMAINS": "works.example",
}
# Never the state of `make run`. The folder is only named here; few tests write into it.
os.environ["STATE_DIR"] = str(Path(tempfile.gettempdir()) / f"carbontrack-tests-{os.getpid()}")

from carbontrack.settings import *  # noqa: E402, F403

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    # Plain names: the manifest is the business of `collectstatic`, and of the browser tests.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
# A task runs at once, so that a test reads the mail it caused.
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
# A request to DynamoDB once a minute, at whichever request finds it due, would spoil every count of requests.
COUNT_USAGE = False
# The same goes for looking whether factors were published: tests of that ask for it.
FACTORS_REFRESH_SECONDS = None
