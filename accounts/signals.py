"""What happens to credentials in SQL, told to the profile and to the person's audit trail in DynamoDB."""

from __future__ import annotations

from typing import Any

import structlog
from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as social
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import trail
from accounts.models import User
from accounts.services import follow_email
from accounts.social import provider_name
from carbontrack.dynamodb.errors import Throttled, Unavailable

log = structlog.get_logger(__name__)

#: How the trail calls what somebody signs in with.
_STEPS = {
    Authenticator.Type.TOTP: "an authenticator app",
    Authenticator.Type.WEBAUTHN: "a passkey",
    Authenticator.Type.RECOVERY_CODES: "a recovery code",
}
_PROOFS = {"password": "a password", "code": "a mailed code", "password_reset": "a mailed link"}


@receiver(account.email_changed)
def carry_email_over(
    request: HttpRequest | None,
    user: User,
    from_email_address: EmailAddress | None,
    to_email_address: EmailAddress,
    **kwargs: Any,
) -> None:
    """SQL has the new address already. With DynamoDB away, the person's next page carries it over."""
    try:
        follow_email(str(to_email_address.user_id), to_email_address.email)
    except (Throttled, Unavailable) as error:
        log.warning("email_not_carried_over", error=type(error).__name__)
    before = {"email": from_email_address.email} if from_email_address else {}
    trail.note(request, user, "email_changed", before=before, after={"email": to_email_address.email})


@receiver(account.user_logged_in)
def note_sign_in(
    request: HttpRequest, user: User, sociallogin: SocialLogin | None = None, **kwargs: Any
) -> None:
    """Tell with what, a second step included. Through another account nobody asked to be remembered."""
    if sociallogin is not None:
        request.session.set_expiry(0)
    trail.note(request, user, "signed_in", after={"with": _proofs(request, user)})


def _proofs(request: HttpRequest, user: User) -> list[str]:
    """What this session has shown, in order: `["a password", "an authenticator app"]`; nothing at sign-up."""
    proofs = []
    for record in get_authentication_records(request, user):
        method = str(record.get("method", ""))
        if method == "mfa":
            proofs.append(_STEPS.get(record.get("type", ""), "a second step"))
        elif method == "socialaccount":
            proofs.append(provider_name(str(record.get("provider", ""))))
        else:
            proofs.append(_PROOFS.get(method, "a link"))
    return list(dict.fromkeys(proofs))


@receiver(account.password_changed)
def note_password_changed(request: HttpRequest, user: User, **kwargs: Any) -> None:
    trail.note(request, user, "password_changed", after={"how": "changed"})


@receiver(account.password_set)
def note_password_set(request: HttpRequest, user: User, **kwargs: Any) -> None:
    trail.note(request, user, "password_changed", after={"how": "set"})


@receiver(account.password_reset)
def note_password_reset(request: HttpRequest, user: User, **kwargs: Any) -> None:
    trail.note(request, user, "password_changed", after={"how": "reset"})


@receiver(mfa.authenticator_added)
def note_step_added(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        trail.note(request, user, "recovery_codes_made")
    else:
        trail.note(request, user, "second_step_added", after={"step": _STEPS[authenticator.type]})


@receiver(mfa.authenticator_removed)
def note_step_removed(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Recovery codes go with the last step, which is told."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        trail.note(request, user, "second_step_removed", before={"step": _STEPS[authenticator.type]})


@receiver(mfa.authenticator_reset)
def note_codes_made(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    trail.note(request, user, "recovery_codes_made")


@receiver(social.social_account_added)
def note_connected(request: HttpRequest, sociallogin: SocialLogin, **kwargs: Any) -> None:
    name = provider_name(sociallogin.account.provider)
    trail.note(request, sociallogin.user, "connected", after={"other": name})


@receiver(social.social_account_removed)
def note_disconnected(request: HttpRequest, socialaccount: SocialAccount, **kwargs: Any) -> None:
    name = provider_name(socialaccount.provider)
    trail.note(request, socialaccount.user, "disconnected", before={"other": name})


@receiver(pre_save, sender=SocialAccount)
def keep_little(instance: SocialAccount, **kwargs: Any) -> None:
    """Of what a provider tells, keep what says which account it is. No picture, no address of one."""
    told = instance.extra_data if isinstance(instance.extra_data, dict) else {}
    for part in ("userinfo", "id_token"):
        told = told[part] if isinstance(told.get(part), dict) else told
    address = told.get("email") or told.get("mail") or told.get("userPrincipalName") or ""
    instance.extra_data = {"email": str(address)[:254]} if address else {}
