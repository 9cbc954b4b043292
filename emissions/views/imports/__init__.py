"""Files of one's own, brought into the log: the list, their columns, and what one can do with them."""

from emissions.views.imports import columns, pages, running

__all__ = ["columns", "pages", "running"]
