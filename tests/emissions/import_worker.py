"""A worker at one import, as a process of its own that may be killed: it says how many rows are done.

    python -m tests.emissions.import_worker run USER_ID IMPORT_ID

It goes on whatever becomes of the engine, as the queue would let it.
"""

from __future__ import annotations

import os
import sys
import time


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carbontrack.settings")
    import django

    django.setup()
    from carbontrack.dynamodb import DataLayerError
    from emissions.services.importing.running import run_import
    from emissions.services.importing.undoing import run_undo

    class Report:
        def advance(self, count: int) -> None:
            print(count, flush=True)

    work, user_id, import_id = sys.argv[1:]
    service = {"run": run_import, "undo": run_undo}[work]
    while True:
        try:
            service(user_id, import_id, report=Report())  # type: ignore[arg-type]  # all it asks of one
            print("end", flush=True)
            return
        except DataLayerError:
            time.sleep(0.02)


if __name__ == "__main__":
    main()
