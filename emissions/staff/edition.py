"""The page of one edition: its facts, what it changes factor by factor, and how many entries it touches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse

from carbontrack import clock
from carbontrack.htmx import wants_partial
from carbontrack.http import PersonRequest
from carbontrack.jobs import ProgressRepository
from emissions.domain.publications import PLATFORM, Publication, PublicationState
from emissions.factors import catalog
from emissions.factors.differences import Difference, Differences, Kind
from emissions.repositories.publications import PublicationIncomplete
from emissions.services.publishing.counting import job_id
from emissions.services.publishing.deciding import effect_of

DETAIL = "staff/factors/detail.html"
STEP = 50
_LABELS = {
    "": "All",
    Kind.CHANGED.value: "Changed",
    Kind.NEW.value: "New",
    Kind.MISSING.value: "Missing",
    Kind.SAME.value: "The same",
    "jump": "Look twice",
}
_LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the kinds that the list can be narrowed to, with how many there are."""

    label: str
    count: int
    query: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """The differences that the address asks for, so many of them at a time."""

    choices: list[Choice]
    rows: list[Difference]
    total: int
    kind: str
    text: str
    next_query: str


def draw_edition(request: PersonRequest, publication: Publication) -> HttpResponse:
    """The whole page; for HTMX, the part that tells how far counting is."""
    context: dict[str, Any] = {
        "publication": publication,
        **standing_of(publication),
        **_affected(publication),
    }
    if wants_partial(request):
        return render(request, f"{DETAIL}#affected", context)
    try:
        differences = effect_of(publication).differences
    except PublicationIncomplete:
        return TemplateResponse(request, DETAIL, context | {"is_incomplete": True})
    listing = _listing(request, differences)
    return TemplateResponse(request, DETAIL, context | {"differences": differences, "listing": listing})


def standing_of(publication: Publication) -> dict[str, Any]:
    """Whether it is in force today, or will be, or is corrected by a later upload."""
    is_published = publication.state is PublicationState.PUBLISHED
    is_due = publication.is_due(clock.now().date())
    is_replaced = (
        is_due and catalog().find_source(publication.source_id) is not None and not _stands(publication)
    )
    return {"is_later": is_published and not is_due, "is_in_force": is_due, "is_replaced": is_replaced}


def _stands(publication: Publication) -> bool:
    """Whether any of its factors is in the catalogue: a correction takes the place of all of them."""
    factors = catalog()
    return any(
        edition.source_id == publication.source_id
        for factor_id in factors.ids()
        for edition in factors.editions(factor_id)
    )


def _affected(publication: Publication) -> dict[str, Any]:
    if not publication.is_draft:
        return {"progress": None, "is_counting": False}
    progress = ProgressRepository(PLATFORM).find(job_id(publication.id))
    has_stopped = progress is not None and progress.has_stopped(clock.now())
    affected = publication.affected
    return {
        "progress": progress,
        "is_counting": progress is not None and not progress.is_done and not has_stopped,
        "has_stopped": has_stopped,
        "is_outdated": affected is not None and affected.fingerprint != catalog().fingerprint,
    }


def _listing(request: PersonRequest, differences: Differences) -> Listing:
    kind = request.GET.get("kind", "")
    kind = kind if kind in _LABELS else ""
    text = " ".join(request.GET.get("q", "").split())[:_LONGEST_SEARCH]
    asked = request.GET.get("show", "")
    show = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else STEP
    found = differences.matching(kind=kind, text=text)
    counts = {"": len(differences.all), "jump": len(differences.jumps), **differences.counts}
    choices = [
        Choice(label, counts[each], urlencode(_said(each, text)), each == kind)
        for each, label in _LABELS.items()
        if counts[each] or each in {"", kind}
    ]
    more = urlencode({**_said(kind, text), "show": show + STEP}) if len(found) > show else ""
    return Listing(choices, found[:show], len(found), kind, text, more)


def _said(kind: str, text: str) -> dict[str, str]:
    return {name: value for name, value in (("kind", kind), ("q", text)) if value}
