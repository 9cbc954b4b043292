"""Forms parse and clean, and hand back typed values."""

from emissions.forms.amounts import AmountField, parse_number
from emissions.forms.entry import EntryForm
from emissions.forms.filters import FilterForm
from emissions.forms.picker import Picker, search
from emissions.forms.workplace import Workplace

__all__ = ["AmountField", "EntryForm", "FilterForm", "Picker", "Workplace", "parse_number", "search"]
