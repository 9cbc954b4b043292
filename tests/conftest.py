"""What every test gets: the fixtures of `tests/fixtures/`, and no network beyond this machine."""

import os
from collections import Counter
from importlib import import_module
from urllib.parse import urlsplit

import hypothesis
import pytest

pytest_plugins = [
    "tests.fixtures.dynamodb",
    "tests.fixtures.people",
    "tests.fixtures.identity",
    "tests.fixtures.organizations",
    "tests.fixtures.browser",
    "tests.fixtures.aws",
    "tests.fixtures.factors",
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


#: Of a test with many cases, the first ones show what lines it runs; measuring doubles the time of the rest.
MEASURED_CASES = 10


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Coverage is measured with the first cases of each test that needs a store; others cost little.

    Every case runs and must pass all the same. What is imported late is imported now: in a test that is not
    measured, its first lines would count as never run.
    """
    import_module("emissions.imports.guessing")
    seen: Counter[str] = Counter()
    for item in items:
        test = item.nodeid.partition("[")[0]
        seen[test] += 1
        if seen[test] > MEASURED_CASES and "dynamodb" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.no_cover)
