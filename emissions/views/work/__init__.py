"""What an organization's administrators see of its emissions, and what they decide."""

from emissions.views.work import dashboard, deletion, factors, months, targets

__all__ = ["dashboard", "deletion", "factors", "months", "targets"]
