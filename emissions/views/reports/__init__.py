"""Reports of a person, and of an organization."""

from emissions.views.reports import personal, work

__all__ = ["personal", "work"]
