"""Stating logged entries anew with the factors in force now: nothing happens unless somebody asks for it.

`checking` looks and tells, `applying` changes entries and totals, `newer` is the rule both follow.
"""
