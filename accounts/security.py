"""How somebody signs in, where they are signed in, and what happened with their account."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.http import HttpResponse
from django.template.response import TemplateResponse

from accounts import second_step
from accounts.authenticators import by_name, takes_passkeys
from accounts.domain import Profile
from accounts.second_step_views import WANTED_SESSION_KEY
from carbontrack.http import PersonRequest
from organizations.repositories.organizations import OrganizationRepository


def security(request: PersonRequest) -> HttpResponse:
    """Everything that protects an account, and what others ask of it.

    Who is sent here for want of a second step gets back to the page they wanted once they have one.
    """
    wanted = request.GET.get("next")
    if wanted and get_adapter(request).is_safe_url(wanted):
        request.session[WANTED_SESSION_KEY] = wanted
    else:
        wanted = None
        request.session.pop(WANTED_SESSION_KEY, None)
    context = {
        "step": second_step.of_user(request.user),
        "may_set_up": second_step.may_be_set_up(request.user),
        "is_wanted": wanted is not None,
        "demands": _demands(request.profile),
        "has_password": request.user.has_usable_password(),
        "takes_passkeys": takes_passkeys(request),
        "here_by_name": by_name(request),
    }
    return TemplateResponse(request, "accounts/security.html", context)


def _demands(profile: Profile) -> list[str]:
    """Who asks this person for a second step, in sentences."""
    demands = []
    if profile.is_platform_admin:
        demands.append("Running this installation takes one: the staff console asks for it every half hour.")
    if profile.organization_id is not None:
        organization = OrganizationRepository(profile.organization_id).find(consistent=False)
        if organization is not None and organization.demands_second_step(
            of_administrator=profile.is_organization_admin
        ):
            demands.append(f"{organization.name} shows its pages only after one.")
    return demands
