"""Insights: what a person's totals say beside each other, and what they would be if something changed.

Everything here is pure but `reading`, which knows what to ask the tables for: totals and entries go in,
figures come out.
"""
