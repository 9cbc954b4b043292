"""The warehouse: entries and what they refer to as Parquet, for questions that no page answers.

`exporting` writes what changed, `conversion` turns DynamoDB's own export into the same files. Both are for
commands: pyarrow is imported with them, and never in a process that answers people. docs/warehouse.md tells
readers what they find, and what they may rely on.
"""
