"""What people and maintenance do with entries: each change one transaction with the totals it moves.

`entries` has the use cases, `drafts` what a person fills in, `work` for whom it may count, `writing` the
transaction, `tokens` what makes a thing happen once, `bulk` many entries at a time, `totals` verifying and
rebuilding.
"""
