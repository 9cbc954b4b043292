"""Factors of an organization's own, such as the tariff of its supplier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from carbontrack.dynamodb import ItemNotFound
from carbontrack.form_keys import new_form_key, read_form_key
from carbontrack.http import MemberRequest
from emissions.days import local_today
from emissions.domain.entries import EmissionFactor
from emissions.factors import catalog, regions, units
from emissions.forms.publications import OwnFactorForm
from emissions.services.publishing.errors import PublicationRefused
from emissions.services.publishing.own import (
    OwnFactor,
    base_of,
    find_own,
    own_factors,
    set_own,
    withdraw_own,
)
from organizations.views.frame import being_deleted

LIST = "emissions:organization-factor-list"
FOUND = 20
_LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Base:
    """The factor that an own one stands for, as everybody has it."""

    factor: EmissionFactor
    source: str

    @property
    def unit(self) -> str:
        return units.unit_label(self.factor.unit, 1)

    @property
    def region(self) -> str:
        return regions.name(self.factor.region)

    @classmethod
    def of(cls, factor: EmissionFactor) -> Base:
        return cls(factor, f"{catalog().source(factor.source_id).title}, {factor.source_year}")


@dataclass(frozen=True, slots=True)
class Row:
    """An own factor beside everybody's of its first day; `base` is None where there is none any more."""

    own: OwnFactor
    base: Base | None

    @property
    def unit(self) -> str:
        return units.unit_label(self.own.row.unit, 1)

    @property
    def region(self) -> str:
        return regions.name(self.own.row.factor_id.rpartition(".")[2])


def organization_factor_list(request: MemberRequest) -> HttpResponse:
    """Those in force, and the last ones that are over."""
    standing, over = own_factors(request.organization_id)
    context = {
        "organization": request.organization,
        "rows": [_row(each) for each in standing],
        "over": [_row(each) for each in over],
    }
    return TemplateResponse(request, "emissions/work/factors/list.html", context)


def _row(own: OwnFactor) -> Row:
    base = catalog().in_force(own.row.factor_id, own.publication.valid_from)
    return Row(own, None if base is None else Base.of(base))


def organization_factor_create(request: MemberRequest) -> HttpResponse:
    """First which factor, by looking for it; then the figure."""
    if request.organization.deleting_at is not None:
        return being_deleted(request, request.organization)
    factor_id = request.POST.get("factor") or request.GET.get("factor", "")
    if not factor_id:
        return _choose(request)
    base = _base(factor_id, _today(request))
    if request.method != "POST":
        return _form_page(request, _form(request, factor_id), base)
    form = _form(request, factor_id, request.POST)
    key = _set(request, form, None)
    if key is None:
        messages.success(request, f"From {_from(form)} on, work entries go by your own figure.")
        return redirect(LIST)
    return _form_page(request, form, base, key=key, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _choose(request: MemberRequest) -> HttpResponse:
    text = " ".join(request.GET.get("q", "").split())[:_LONGEST_SEARCH]
    region = request.organization.country
    found = catalog().search(text, region=region, limit=FOUND) if text else []
    today = _today(request)
    context = {
        "organization": request.organization,
        "text": text,
        "found": [Base.of(base_of(each.id, today)) for each in found],
        "region": regions.name(region),
    }
    return TemplateResponse(request, "emissions/work/factors/choose.html", context)


def organization_factor_update(request: MemberRequest, publication_id: str) -> HttpResponse:
    """Another figure, source or time in the place of one that is set."""
    if request.organization.deleting_at is not None:
        return being_deleted(request, request.organization)
    own = find_own(request.organization_id, publication_id)
    base = _base(own.row.factor_id, own.publication.valid_from)
    if request.method != "POST":
        return _form_page(request, _form(request, own.row.factor_id, own=own), base, own=own)
    form = _form(request, own.row.factor_id, request.POST, own=own)
    key = _set(request, form, own)
    if key is None:
        messages.success(request, "Changed. What is logged keeps its figure until you recalculate it.")
        return redirect(LIST)
    return _form_page(request, form, base, own=own, key=key, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _set(request: MemberRequest, form: OwnFactorForm, own: OwnFactor | None) -> str | None:
    """Set what the form says, and answer None; else the key that it goes on with, once it says why not.

    A form that was refused gets a new key: the one it has may have set something else.
    """
    key = request.POST.get("key", "")
    publication_id = read_form_key(request.profile.user_id, key)
    if not form.is_valid():
        return key
    try:
        set_own(
            request.profile,
            request.organization,
            form.draft(),
            publication_id=publication_id,
            seen_version=form.cleaned_data["seen_version"],
            replaces=None if own is None else own.publication,
        )
    except PublicationRefused as refused:
        form.add_error(refused.field, refused.message)
        return ""
    return None


def organization_factor_withdraw(request: MemberRequest, publication_id: str) -> HttpResponse:
    """What follows; a POST ends it."""
    if request.organization.deleting_at is not None:
        return being_deleted(request, request.organization)
    own = find_own(request.organization_id, publication_id)
    if request.method == "POST":
        withdraw_own(request.profile, request.organization, own)
        messages.success(request, f"Withdrawn. {own.row.name} goes by everybody’s figure again.")
        return redirect(LIST)
    context = {"organization": request.organization, "row": _row(own)}
    return TemplateResponse(request, "emissions/work/factors/withdraw.html", context)


def _base(factor_id: str, on: date) -> Base:
    try:
        return Base.of(base_of(factor_id, on))
    except ItemNotFound as error:
        raise Http404("No such emission factor.") from error


def _form(
    request: MemberRequest, factor_id: str, data: Any = None, *, own: OwnFactor | None = None
) -> OwnFactorForm:
    return OwnFactorForm(
        data, factor_id=factor_id, today=_today(request), version=request.organization.version, own=own
    )


def _form_page(
    request: MemberRequest,
    form: OwnFactorForm,
    base: Base,
    *,
    own: OwnFactor | None = None,
    key: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    context = {
        "organization": request.organization,
        "form": form,
        "base": base,
        "own": own,
        "key": key or new_form_key(request.profile.user_id),
    }
    return TemplateResponse(request, "emissions/work/factors/form.html", context, status=status)


def _from(form: OwnFactorForm) -> str:
    return f"{form.cleaned_data['valid_from']:%-d %B %Y}"


def _today(request: MemberRequest) -> date:
    return local_today(request.profile.preferences.time_zone)
