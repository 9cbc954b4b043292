"""What pages repeat a hundred times, drawn in one go. Built into every template, so nothing needs loading."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from carbontrack.widgets import draw_options
from emissions.domain.entries import ActivityType
from emissions.templatetags.carbon import exact

register = template.Library()

_ICON_OF_TYPE = {
    ActivityType.TRANSPORTATION: "car",
    ActivityType.ENERGY: "bolt",
    ActivityType.FOOD: "food",
    ActivityType.WASTE: "bin",
}


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """`{% icon "car" %}`: a symbol of static/img/icons.svg, for the eye only: words carry the meaning."""
    return format_html(
        '<svg class="icon" width="20" height="20" aria-hidden="true"><use href="{}#{}"/></svg>',
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def type_icon(activity_type: str) -> SafeString:
    """The icon of an activity type."""
    return icon(_ICON_OF_TYPE[ActivityType(activity_type)])


@register.simple_tag
def options(choices: Iterable[tuple[Any, Any]], chosen: str = "") -> SafeString:
    """The options of a select: (value, label), or (group, choices)."""
    return draw_options(choices, {chosen})


@register.simple_tag
def figure_cells(figures: Iterable[Decimal | None], nothing: str = "") -> SafeString:
    """Cells of a table's row, each with a figure in all its digits, or `nothing` where there is none."""
    return mark_safe("".join(f'<td class="numeric">{exact(each) or nothing}</td>' for each in figures))
