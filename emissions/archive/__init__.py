"""Months of entries as Parquet files, lossless: `docs/decisions/0020`."""
