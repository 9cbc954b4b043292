"""Known vulnerabilities of the locked dependencies, as far as the advisories of PyPI can be asked from here.

    python -m deploy.audit

Ends with 1 if there is one. Without a connection, or behind a mirror that has no advisories, it says so in a
line and ends with 0: then somebody else's machine has to look.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
#: In seconds. All packages are asked for one after the other.
LONGEST = 300


def main() -> int:
    try:
        report = _asked()
    except (OSError, ValueError, subprocess.SubprocessError):
        report = None
    words, failed = judged(report)
    print(words)
    return int(failed)


def _asked() -> Any:
    """What pip-audit found. Raises ValueError if it found out nothing; its status says too little."""
    command = [
        *(sys.executable, "-m", "pip_audit", "--requirement", str(LOCK)),
        *("--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    return json.loads(done.stdout)


def judged(report: Any) -> tuple[str, bool]:
    """A sentence about a report of pip-audit, and whether it is bad news."""
    packages = report["dependencies"] if report else []
    asked = [each for each in packages if "skip_reason" not in each]
    found = [
        f"{each['name']} {each['version']}: {flaw['id']}"
        + (f", mended in {', '.join(flaw['fix_versions'])}" if flaw.get("fix_versions") else "")
        for each in asked
        for flaw in each["vulns"]
    ]
    if found:
        return "\n".join(["Known vulnerabilities:", *found]), True
    if not asked:
        return "not audited: the advisories of PyPI cannot be asked from here", False
    missing = f", {len(packages) - len(asked)} unknown to PyPI" if len(asked) < len(packages) else ""
    return f"{len(asked)} packages without a known vulnerability{missing}", False


if __name__ == "__main__":
    sys.exit(main())
