"""Comparisons, what-ifs and a person's own target."""

from emissions.views.insights import comparison, target, what_if

__all__ = ["comparison", "target", "what_if"]
