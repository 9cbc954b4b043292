"""The web process's entry point: an application that is warm before its first request."""

import os
import re
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carbontrack.settings")

_django = get_wsgi_application()

# Only now, with the settings read. gunicorn imports this in each worker, after the fork.
from carbontrack import dynamodb  # noqa: E402
from emissions import factors  # noqa: E402

dynamodb.warm_up()
factors.warm_up()

_CHARSET = re.compile(r";\s*charset\*?\s*=[^;]*", re.IGNORECASE)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Django, for which every request is in UTF-8, as our pages are, whatever charset it claims.

    Django would use any codec of Python: `rot13` fails before the first middleware, and `unicode_escape`
    makes text that no store takes.
    """
    environ["CONTENT_TYPE"] = _CHARSET.sub("", environ.get("CONTENT_TYPE", ""))
    return _django(environ, start_response)
