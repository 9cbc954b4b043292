"""The audit of dependencies fails for a vulnerability, and for nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.audit import judged

FINE = {"name": "django", "version": "5.2.1", "vulns": []}
SKIPPED = {"name": "boto3", "skip_reason": "Dependency not found on PyPI"}
BAD = {
    "name": "requests",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.0"]}, {"id": "PYSEC-2", "fix_versions": []}],
}


@pytest.mark.parametrize(
    ("packages", "words", "failed"),
    [
        ([FINE], "1 packages without a known vulnerability", False),
        ([FINE, SKIPPED], "1 packages without a known vulnerability, 1 unknown to PyPI", False),
        ([SKIPPED], "not audited: the advisories of PyPI cannot be asked from here", False),
        (
            [FINE, BAD],
            "Known vulnerabilities:\nrequests 1.0: PYSEC-1, mended in 2.0\nrequests 1.0: PYSEC-2",
            True,
        ),
    ],
)
def test_a_report_is_put_into_a_sentence(packages: list[Any], words: str, failed: bool) -> None:
    assert judged({"dependencies": packages}) == (words, failed)


def test_without_a_connection_nothing_is_claimed() -> None:
    assert judged(None) == ("not audited: the advisories of PyPI cannot be asked from here", False)
