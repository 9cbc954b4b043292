"""Old entries leave the table for a file, and come back when somebody wants them: `docs/decisions/0020`.

A month is moved by transactions of some entries each, with what is archived of everybody's totals and how far
the month is: exactly once, whoever else runs, and wherever it was interrupted. Totals are never touched.
"""
