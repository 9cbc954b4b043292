"""Invitations as their addressees see them. Looking at one never uses it up; only a POST answers it."""

from __future__ import annotations

from http import HTTPStatus
from typing import cast
from urllib.parse import urlencode

from allauth.account import app_settings as account_settings
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.http import AnyRequest, PersonRequest
from organizations.domain import Invitation, Organization
from organizations.forms.members import KIND_LABELS
from organizations.repositories.invitations import ReceivedInvitationRepository
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.acceptance import (
    ConsentMissing,
    Offered,
    accept,
    check_addressee,
    decline,
    find_offer,
)
from organizations.services.links import InvitationLink
from organizations.services.refusals import AlreadyMember, InvitationRefused, Refusal, masked
from organizations.services.sending import kind_offered
from organizations.views.moments import local_date


def address_is_theirs(profile: Profile) -> bool:
    """Whether somebody has shown that they read the mail of their address, where that is asked for at all."""
    if account_settings.EMAIL_VERIFICATION == account_settings.EmailVerificationMethod.NONE:
        return True
    addresses = EmailAddress.objects.filter(user_id=profile.user_id, email__iexact=profile.email)
    return bool(addresses.filter(verified=True).exists())


def waiting_for(profile: Profile) -> tuple[Invitation, ...]:
    """What somebody is invited to and does not belong to yet; nothing while the address is not confirmed."""
    if not address_is_theirs(profile):
        return ()
    invitations = ReceivedInvitationRepository(profile.email).pending(clock.now())
    return tuple(each for each in invitations if each.organization_id != profile.organization_id)


def my_invitations(request: PersonRequest) -> HttpResponse:
    """What waits for an answer."""
    profile = request.profile
    rows = [
        {
            "invitation": invitation,
            "token": InvitationLink(invitation.organization_id, invitation.id).token,
            "ends_on": local_date(invitation.expires_at, profile),
        }
        for invitation in waiting_for(profile)
    ]
    context = {"rows": rows, "email": profile.email, "is_confirmed": address_is_theirs(profile)}
    return TemplateResponse(request, "organizations/invitations_received.html", context)


def invitation(request: AnyRequest, token: str) -> HttpResponse:
    """What a link offers, and who may answer it. Whoever is signed out is shown how to go on."""
    link = InvitationLink.parse(token)
    if link is None:
        return _refused(request, InvitationRefused(Refusal.UNKNOWN))
    if not request.user.is_authenticated:
        if link.secret is None:
            return HttpResponseRedirect(_with_next("account_login", request.path))
        return _for_visitor(request, link)
    asking = cast("PersonRequest", request)
    if asking.profile.organization_id == link.organization_id:
        return _already_member(asking)
    try:
        offered = find_offer(link)
        check_addressee(
            asking.profile, offered.invitation, link, email_is_verified=address_is_theirs(asking.profile)
        )
    except InvitationRefused as refused:
        return _refused(request, refused)
    return _answer_page(asking, link, offered)


def invitation_accept(request: PersonRequest, token: str) -> HttpResponse:
    """Join, unless something is in the way or has to be agreed to first."""
    link = InvitationLink.parse(token)
    if link is None:
        return _refused(request, InvitationRefused(Refusal.UNKNOWN))
    try:
        organization = accept(
            request.profile,
            link,
            email_is_verified=address_is_theirs(request.profile),
            moving_from=request.POST.get("moving_from"),
        )
    except AlreadyMember:
        return _already_member(request)
    except ConsentMissing as missing:
        return _answer_page(request, link, missing.offered, status=HTTPStatus.CONFLICT)
    except InvitationRefused as refused:
        return _refused(request, refused)
    messages.success(request, f"Welcome to {organization.name}.")
    return redirect("organizations:home")


def invitation_decline(request: PersonRequest, token: str) -> HttpResponse:
    """Say no. The administrators find it in their audit trail; nobody is mailed."""
    link = InvitationLink.parse(token)
    try:
        if link is None:
            raise InvitationRefused(Refusal.UNKNOWN)
        declined = decline(request.profile, link, email_is_verified=address_is_theirs(request.profile))
    except InvitationRefused as refused:
        return _refused(request, refused)
    messages.success(request, f"You declined the invitation to {declined.organization_name}.")
    return redirect("organizations:my-invitations")


# -- Pages --------------------------------------------------------------------------------------------------


def _for_visitor(request: AnyRequest, link: InvitationLink) -> HttpResponse:
    try:
        offered = find_offer(link)
    except InvitationRefused as refused:
        return _refused(request, refused)
    context = {
        **_offer(offered, reader=None),
        "address": masked(offered.invitation.email),
        "login_url": _with_next("account_login", request.path),
        "signup_url": _with_next("account_signup", request.path),
    }
    return _page(request, context)


def _answer_page(
    request: PersonRequest, link: InvitationLink, offered: Offered, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    """The two buttons; above them, what leaving means for somebody who belongs elsewhere."""
    profile = request.profile
    leaving = _leaving(profile)
    context = {
        **_offer(offered, reader=profile),
        "address": profile.email,
        "token": link.token,
        "leaving": leaving,
        "is_last": _is_last_administrator(profile, leaving),
    }
    return _page(request, context, status=status)


def _leaving(profile: Profile) -> Organization | None:
    """The organization that accepting would mean to leave."""
    if profile.organization_id is None:
        return None
    return OrganizationRepository(profile.organization_id).find()


def _is_last_administrator(profile: Profile, organization: Organization | None) -> bool:
    return (
        organization is not None and profile.is_full_organization_admin and organization.administrators <= 1
    )


def _offer(offered: Offered, *, reader: Profile | None) -> dict[str, object]:
    """What an invitation offers today, in words."""
    organization, place = offered.organization, offered.place
    return {
        "invitation": offered.invitation,
        "organization": organization,
        "department": organization.department_label(place.department_id),
        "role": KIND_LABELS[kind_offered(offered.invitation)],
        "limits": organization.department_labels(place.managed_departments),
        "ends_on": local_date(offered.invitation.expires_at, reader),
    }


def _refused(request: AnyRequest | PersonRequest, refused: InvitationRefused) -> HttpResponse:
    """Why not, and what to do instead. An address that is not the reader's is masked."""
    refusal = refused.refusal
    context: dict[str, object] = {"refusal": refusal}
    if refusal is Refusal.OTHER_ADDRESS and refused.invitation is not None:
        context["address"] = masked(refused.invitation.email)
        context["logout_url"] = _with_next("account_logout", request.path.removesuffix("accept/"))
    return _page(request, context, status=refusal.status)


def _already_member(request: PersonRequest) -> HttpResponse:
    messages.info(request, "You are a member already.")
    return redirect("organizations:home")


def _page(
    request: AnyRequest | PersonRequest, context: dict[str, object], *, status: int = HTTPStatus.OK
) -> HttpResponse:
    """Never stored: the address of the page is a secret, and what it shows ends."""
    response = TemplateResponse(request, "organizations/invitation.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _with_next(route: str, path: str) -> str:
    return f"{reverse(route)}?{urlencode({'next': path})}"
