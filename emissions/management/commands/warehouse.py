"""Write entries as Parquet for analysis: docs/warehouse.md tells what comes out and how to ask it."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.progress import Progress

from carbontrack.dynamodb import DataLayerError
from carbontrack.storage import Storage, open_storage
from carbontrack.terminal import counted, progress_bar

#: Months that are named when they differ from their totals; the others are counted.
NAMED = 20


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        export = actions.add_parser("export", help="bring a warehouse up to date with the tables")
        export.add_argument(
            "--everything", action="store_true", help="read all entries, also of months that have not changed"
        )
        convert = actions.add_parser(
            "from-dynamodb-export", help="make a warehouse of DynamoDB's own export of CarbonDataTable"
        )
        convert.add_argument("source", metavar="SOURCE", help="folder or s3://bucket/prefix of the export")
        convert.add_argument("--export", metavar="ID", help="which export, where there are several")
        for action in (export, convert):
            action.add_argument(
                "--to", required=True, metavar="TARGET", help="folder or s3://bucket/prefix of the warehouse"
            )

    def handle(self, *, action: str, to: str, **options: Any) -> None:
        # Imported here, for pyarrow comes with them: `manage.py help` reads every command.
        from emissions.archive.errors import ArchiveDamaged
        from emissions.warehouse.errors import WarehouseError
        from emissions.warehouse.pseudonyms import configured_pseudonyms

        try:
            target, pseudonyms = _storage(to), configured_pseudonyms()
            with progress_bar(self.stderr) as progress:
                if action == "export":
                    exported = _export(target, pseudonyms, options, progress)
                else:
                    exported = _convert(target, pseudonyms, options, progress)
        except (WarehouseError, ArchiveDamaged, DataLayerError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error}. The warehouse is as it was.") from error
        self._tell(exported, target)

    def _tell(self, exported: Any, target: Storage) -> None:
        manifest = exported.manifest
        what = (
            "Nothing has changed"
            if not exported.changed
            else f"Wrote {counted(exported.written_files, 'file')}"
        )
        kept = f", kept {exported.kept_files:,}" if exported.changed else ""
        self.stdout.write(
            f"{what}{kept}: {target.address} has {counted(manifest.rows, 'entry', 'entries')} "
            f"of {counted(len(manifest.months), 'month')}, {manifest.kg:,f} kg CO2e."
        )
        if exported.differing:
            for each in exported.differing[:NAMED]:
                self.stdout.write(f"{each}: its entries are not what its totals count")
            raise CommandError(
                f"Totals differ from their entries in {counted(len(exported.differing), 'month')}. The "
                "warehouse has the entries. Mend the totals with: manage.py totals rebuild --all"
            )


def _by_month(progress: Progress) -> Callable[[str, int, int], None]:
    """The bar as what hears of each month: what is done to it, how many are done, and of how many."""
    task = progress.add_task("", total=None)

    def tell(what: str, done: int, total: int) -> None:
        progress.update(task, description=what, completed=done, total=total)

    return tell


def _export(target: Storage, pseudonyms: Any, options: dict[str, Any], progress: Progress) -> Any:
    from emissions.warehouse.exporting import export_tables

    return export_tables(target, pseudonyms, everything=options["everything"], progress=_by_month(progress))


def _convert(target: Storage, pseudonyms: Any, options: dict[str, Any], progress: Progress) -> Any:
    from emissions.warehouse.conversion import convert_export

    source = _storage(options["source"])
    return convert_export(
        source, target, pseudonyms, export_id=options["export"], progress=_by_month(progress)
    )


def _storage(address: str) -> Storage:
    try:
        return open_storage(address)
    except ValueError as error:
        raise CommandError(str(error)) from error
