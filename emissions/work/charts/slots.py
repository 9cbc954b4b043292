"""The slot of a month in a column chart: what all column charts of an organization draw alike."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from emissions.charts.scale import position
from emissions.dashboard.periods import Month

#: Heights in pixels: of the box of a month without entries, of a withheld one, and of the lock in it.
EMPTY_HEIGHT = Decimal(12)
WITHHELD_HEIGHT = Decimal(28)
LOCK = 16
#: From the baseline to a month's name, and to the year under it.
LABEL_DROP, YEAR_DROP = Decimal(19), Decimal(37)


@dataclass(frozen=True, slots=True)
class Slot:
    """A month's share of the width, in percent. `year_label` is under the first month of a calendar year."""

    month: Month
    x: Decimal
    width: Decimal
    baseline: Decimal
    year_label: str

    def drawing(self, title: str, marks: SafeString, *, is_ahead: bool = False) -> SafeString:
        """The slot with marks in it, as SVG."""
        return format_html(
            '<svg x="{}%" width="{}%" height="100%"><g class="column{}" tabindex="0" role="img">'
            '<title>{}</title><rect class="slot" width="100%" height="100%" rx="4"/>{}'
            '<text class="month" x="50%" y="{}">{}</text><text class="month initial" x="50%" y="{}">{}</text>'
            '<text class="year" x="50%" y="{}">{}</text></g></svg>',
            self.x,
            self.width,
            " ahead" if is_ahead else "",
            title,
            marks,
            self.baseline + LABEL_DROP,
            self.month.short_name,
            self.baseline + LABEL_DROP,
            self.month.short_name[0],
            self.baseline + YEAR_DROP,
            self.year_label,
        )


def slots(months: tuple[Month, ...], *, left: Decimal, baseline: Decimal) -> tuple[Slot, ...]:
    """The slots of months side by side, right of `left` percent that are kept for the axis."""
    width = (100 - left) / len(months)
    return tuple(
        Slot(
            month=month,
            x=position(left + width * index),
            width=position(width),
            baseline=baseline,
            year_label=str(month.year) if month.number == 1 or (index == 0 and month.number != 12) else "",
        )
        for index, month in enumerate(months)
    )


def empty_mark(baseline: Decimal) -> SafeString:
    """A month in which nobody logged anything."""
    return format_html(
        '<rect class="empty-month" x="18%" y="{}" width="64%" height="{}" rx="2"/>',
        baseline - EMPTY_HEIGHT,
        EMPTY_HEIGHT,
    )


def withheld_mark(bottom: Decimal) -> SafeString:
    """Something is there and not shown. All such boxes are alike: they tell nothing of its size."""
    return format_html(
        '<rect class="withheld-month" x="18%" y="{}" width="64%" height="{}" rx="3"/>'
        '<svg class="lock" x="50%" y="{}"><use href="{}" x="{}" width="{}" height="{}"/></svg>',
        bottom - WITHHELD_HEIGHT,
        WITHHELD_HEIGHT,
        bottom - (WITHHELD_HEIGHT + LOCK) / 2,
        _lock(),
        -LOCK // 2,
        LOCK,
        LOCK,
    )


def value_text(y: Decimal, text: str) -> SafeString:
    """A figure above its column."""
    return format_html('<text class="value" x="50%" y="{}">{}</text>', y, text)


@cache
def _lock() -> str:
    return f"{static('img/icons.svg')}#lock"
