"""Run the import of a person, `USER_ID IMPORT_ID`, and print the peak memory of this process in KiB.

The kernel's own mark of this program is asked: what `getrusage` says includes the parent at the moment of the
fork.
"""

import re
import sys
from pathlib import Path

import django

django.setup()

from emissions.services.importing.running import run_import  # noqa: E402  # needs Django

user_id, import_id = sys.argv[1:]
run_import(user_id, import_id)
status = Path("/proc/self/status").read_text(encoding="ascii")
print(*re.findall(r"VmHWM:\s+(\d+) kB", status))
