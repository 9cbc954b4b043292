"""Invitations as their senders see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.errors import Problem, error_response
from carbontrack.http import MemberRequest
from organizations.domain import Invitation, InvitationState, Organization
from organizations.errors import OrganizationRefused
from organizations.forms.fields import show_refusal
from organizations.forms.invitations import InvitationForm, InvitationListForm
from organizations.forms.members import KIND_HELP, KIND_LABELS
from organizations.repositories.invitations import InvitationRepository
from organizations.repositories.members import MemberKind
from organizations.repositories.reports import InvitationReport, InvitationReportRepository, ReportRow
from organizations.services.invitations import Invited, Outcome, invite, may_handle, resend, revoke
from organizations.services.sending import InvitationLimitReached, Offer, kind_offered
from organizations.views.frame import being_deleted
from organizations.views.moments import clock_time, local_date
from organizations.views.reports import draw_report


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation as the list shows it, in words. `limits` names what a limited administrator would see."""

    invitation: Invitation
    department: str
    role: str
    limits: str
    ends_on: str
    is_expired: bool


def invitation_list(request: MemberRequest) -> HttpResponse:
    """Newest first. Administrators of some departments see the invitations into these."""
    organization = request.organization
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    profile, now = request.profile, clock.now()
    cursor = request.GET.get("cursor")
    page = InvitationRepository(organization.id).page(
        cursor, keep=lambda invitation: may_handle(profile, organization, invitation)
    )
    context = {
        "organization": organization,
        "rows": [_row(organization, invitation, profile, now) for invitation in page.items],
        "cursor": cursor,
        "next_cursor": page.next_cursor,
        "is_limited": not profile.is_full_organization_admin,
    }
    return TemplateResponse(request, "organizations/invitation_list.html", context)


def _row(organization: Organization, invitation: Invitation, reader: Profile, now: datetime) -> InvitationRow:
    return InvitationRow(
        invitation,
        department=organization.department_label(invitation.department_id),
        role=KIND_LABELS[kind_offered(invitation)],
        limits=organization.department_labels(invitation.managed_departments),
        ends_on=local_date(invitation.expires_at, reader),
        is_expired=invitation.state(now) is InvitationState.EXPIRED,
    )


# -- Inviting one person ------------------------------------------------------------------------------------


def invitation_create(request: MemberRequest) -> HttpResponse:
    """The form for one person. The address may come with the link: it is only filled in."""
    organization = request.organization
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    if request.method != "POST":
        initial = {
            "email": request.GET.get("email", "")[:254],
            "department": request.GET.get("department", ""),
        }
        form = InvitationForm(actor=request.profile, organization=organization, initial=initial)
        return _create_page(request, organization, form)
    form = InvitationForm(request.POST, actor=request.profile, organization=organization)
    if not form.is_valid():
        return _create_page(request, organization, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    offer = form.offer()
    try:
        invited = invite(request.profile, organization, [offer], address_of=request.build_absolute_uri)
    except OrganizationRefused as refused:
        show_refusal(form, refused)
        return _create_page(request, organization, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if invited.limit is not None:
        form.add_error(None, limit_sentence(invited.limit, request.profile))
        response = _create_page(request, organization, form, status=HTTPStatus.TOO_MANY_REQUESTS)
        response["Retry-After"] = str(seconds_until(invited.limit))
        return response
    outcome = invited.outcomes[0]
    if not outcome.is_sent:
        form.add_error("email", _NOT_SENT[outcome])
        return _create_page(request, organization, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, _SENT[outcome].format(offer.email))
    return redirect("organizations:invitation-list")


_SENT = {
    Outcome.SENT: "The invitation to {} is on its way.",
    Outcome.RENEWED: "{} had an invitation already. A new one is on its way, and the earlier link has ended.",
}
_NOT_SENT = {
    Outcome.MEMBER: "Whoever has this address is a member already.",
    Outcome.ELSEWHERE: "Another administrator has invited this address, or it belongs to a member outside "
    "your departments.",
}


def _create_page(
    request: MemberRequest, organization: Organization, form: InvitationForm, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    kinds = form["access"] if "access" in form.fields else ()
    context = {
        "organization": organization,
        "form": form,
        "choices": [(radio, KIND_HELP[MemberKind(radio.data["value"])]) for radio in kinds],
    }
    return TemplateResponse(request, "organizations/invitation_form.html", context, status=status)


# -- Inviting many ------------------------------------------------------------------------------------------


def invitation_many(request: MemberRequest) -> HttpResponse:
    """The form for a list; after it, what became of each row, with what can be sent again filled in."""
    organization = request.organization
    if organization.deleting_at is not None:
        return being_deleted(request, organization)
    if request.method != "POST":
        return _shown_report(request, organization)
    form = InvitationListForm(request.POST, request.FILES, actor=request.profile, organization=organization)
    if not form.is_valid():
        return _many_page(request, organization, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    offers = form.offers()
    try:
        invited = invite(
            request.profile,
            organization,
            [offer for offer in offers if isinstance(offer, Offer)],
            address_of=request.build_absolute_uri,
        )
    except OrganizationRefused as refused:
        show_refusal(form, refused)
        return _many_page(request, organization, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    report = _report(organization, form, offers, invited)
    if any(Outcome(row.outcome).is_sent for row in report.rows):
        report_id = InvitationReportRepository(request.profile.user_id).add(report, clock.now())
        return redirect(f"{request.path}?{urlencode({'report': report_id})}")
    return _nothing_sent(request, organization, form, report, invited.limit)


def _report(
    organization: Organization, form: InvitationListForm, offers: list[Offer | Outcome], invited: Invited
) -> InvitationReport:
    """What became of each row: not understood by the form, or answered by the service."""
    answers = iter(invited.outcomes)
    outcomes = [offer if isinstance(offer, Outcome) else next(answers) for offer in offers]
    return InvitationReport(
        organization.id,
        tuple(
            ReportRow(row.line, row.email, row.department, row.role, outcome.value)
            for row, outcome in zip(form.rows, outcomes, strict=True)
        ),
        department=form.cleaned_data["department"],
        access=form.kind.value,
        limit=invited.limit.limit if invited.limit else None,
        until=invited.limit.until if invited.limit else None,
    )


def _shown_report(request: MemberRequest, organization: Organization) -> HttpResponse:
    """The empty form, or a report with the form for what is left of its list."""
    report_id = request.GET.get("report", "")
    report = InvitationReportRepository(request.profile.user_id).find(report_id) if report_id else None
    if report is None or report.organization_id != organization.id:
        form = InvitationListForm(actor=request.profile, organization=organization)
        return _many_page(request, organization, form, is_gone=bool(report_id))
    drawn = draw_report(report, request.profile)
    initial = {"people": drawn.again, "department": report.department, "access": report.access}
    form = InvitationListForm(actor=request.profile, organization=organization, initial=initial)
    return _many_page(request, organization, form, report=drawn)


def _nothing_sent(
    request: MemberRequest,
    organization: Organization,
    form: InvitationListForm,
    report: InvitationReport,
    limit: InvitationLimitReached | None,
) -> HttpResponse:
    """The report above the form with the whole list, a file's too: browsers forget which file it was."""
    data = request.POST.copy()
    data["people"] = form.written
    again = InvitationListForm(data, actor=request.profile, organization=organization)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if limit is None else HTTPStatus.TOO_MANY_REQUESTS
    drawn = draw_report(report, request.profile)
    response = _many_page(request, organization, again, status=status, report=drawn)
    if limit is not None:
        response["Retry-After"] = str(seconds_until(limit))
    return response


def _many_page(
    request: MemberRequest,
    organization: Organization,
    form: InvitationListForm,
    *,
    status: int = HTTPStatus.OK,
    **more: object,
) -> HttpResponse:
    context = {"organization": organization, "form": form, "is_full": form.is_full, **more}
    return TemplateResponse(request, "organizations/invitation_many.html", context, status=status)


# -- Sending again, taking back -----------------------------------------------------------------------------


def invitation_resend(request: MemberRequest, invitation_id: str) -> HttpResponse:
    """A new link for the same offer."""
    organization = request.organization
    try:
        invitation = resend(
            request.profile, organization, invitation_id, address_of=request.build_absolute_uri
        )
    except InvitationLimitReached as limit:
        sentence = limit_sentence(limit, request.profile)
        problem = Problem(
            HTTPStatus.TOO_MANY_REQUESTS, "Enough invitations for now", sentence, seconds_until(limit)
        )
        return error_response(request, problem)
    messages.success(
        request, f"A new invitation to {invitation.email} is on its way. The earlier link has ended."
    )
    return redirect("organizations:invitation-list")


def invitation_revoke(request: MemberRequest, invitation_id: str) -> HttpResponse:
    """Take an invitation back."""
    organization = request.organization
    invitation = revoke(request.profile, organization, invitation_id)
    again = {"email": invitation.email, "department": invitation.department_id or ""}
    text = 'The invitation to {} is taken back: its link has ended. <a href="{}?{}">Invite again</a>'
    url = reverse("organizations:invitation-create")
    messages.success(request, format_html(text, invitation.email, url, urlencode(again)))
    return redirect("organizations:invitation-list")


# -- The limit in words -------------------------------------------------------------------------------------


def limit_sentence(limit: InvitationLimitReached, reader: Profile) -> str:
    return (
        f"Your organization can send {limit.limit} invitations an hour, and has. "
        f"You can go on at {clock_time(limit.until, reader)}; nothing was sent just now."
    )


def seconds_until(limit: InvitationLimitReached) -> int:
    return max(1, int((limit.until - clock.now()).total_seconds()))
