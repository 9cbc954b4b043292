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
