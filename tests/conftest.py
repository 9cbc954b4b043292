"""What every test gets: the fixtures of `tests/fixtures/`, and no network beyond this machine."""

import os
from urllib.parse import urlsplit

import hypothesis
import pytest

pytest_plugins = [
    "tests.fixtures.dynamodb",
    "tests.fixtures.people",
    "tests.fixtures.organizations",
    "tests.fixtures.browser",
    "tests.fixtures.aws",
]

LOOPBACK = ("127.0.0.1", "::1", "localhost")

hypothesis.settings.register_profile("default", deadline=None, print_blob=True)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let pytest-socket pass connections to this machine, and to the endpoint that was named, if any."""
    named = urlsplit(os.environ.get("DYNAMODB_TEST_ENDPOINT_URL", "")).hostname
    config.option.allow_hosts = ",".join((*LOOPBACK, named) if named else LOOPBACK)
    config.option.allow_unix_socket = True
