"""Who may call what: one row per route, enforced by `PolicyMiddleware` and swept by a test.

A route that is not in this table answers nothing: the middleware refuses it, and the test that walks the
URLconf fails the build. Views therefore need no decorator for sign-in or method, and cannot forget one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from django.conf import settings


class Who(Enum):
    """The least that a caller must be.

    Who belongs to no organization gets 404 from what needs one; a member who may not, 403. Of the staff
    console nobody else learns that it exists: 404, also when signed out.
    """

    ANYONE = "anyone"
    SIGNED_IN = "signed in"
    MEMBER = "member of an organization"
    ORG_ADMIN = "administrator of an organization, or of some of its departments"
    FULL_ORG_ADMIN = "administrator of a whole organization"
    STAFF = "administrator of the platform, who has shown a second step in the last half hour"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call a route, and with which methods (HEAD comes with GET).

    `upload_bytes` is the most that a form of this route may carry in files; elsewhere files are dropped.
    `fresh` routes ask to confirm who one is, unless that was a few minutes ago (`carbontrack.recent`).
    """

    who: Who
    methods: frozenset[str]
    upload_bytes: int = 0
    fresh: bool = False


def rule(who: Who, *methods: str, upload_bytes: int = 0, fresh: bool = False) -> Rule:
    return Rule(who, frozenset(methods) | ({"HEAD"} if "GET" in methods else set()), upload_bytes, fresh)


POLICY: dict[str, Rule] = {
    "healthz": rule(Who.ANYONE, "GET"),
    "readyz": rule(Who.ANYONE, "GET"),
    "security-txt": rule(Who.ANYONE, "GET"),
    # The front page when signed out, the dashboard when signed in.
    "emissions:home": rule(Who.ANYONE, "GET"),
    "emissions:calculator": rule(Who.ANYONE, "GET"),
    "emissions:factor-list": rule(Who.ANYONE, "GET"),
    "emissions:factor-detail": rule(Who.ANYONE, "GET"),
    "emissions:entry-create": rule(Who.SIGNED_IN, "GET", "POST"),
    "emissions:entry-preview": rule(Who.SIGNED_IN, "GET"),
    "emissions:entry-list": rule(Who.SIGNED_IN, "GET"),
    "emissions:entry-detail": rule(Who.SIGNED_IN, "GET"),
    "emissions:entry-update": rule(Who.SIGNED_IN, "GET", "POST"),
    "emissions:entry-delete": rule(Who.SIGNED_IN, "GET", "POST"),
    "emissions:entry-restore": rule(Who.SIGNED_IN, "POST"),
    "emissions:entry-repeat": rule(Who.SIGNED_IN, "POST"),
    # One's own organization: no address carries its id, the server's record of the caller decides.
    "organizations:home": rule(Who.SIGNED_IN, "GET"),
    "organizations:create": rule(Who.SIGNED_IN, "GET", "POST"),
    "organizations:leave": rule(Who.MEMBER, "GET", "POST"),
    "organizations:settings": rule(Who.FULL_ORG_ADMIN, "GET", "POST"),
    "organizations:department-list": rule(Who.FULL_ORG_ADMIN, "GET"),
    "organizations:department-create": rule(Who.FULL_ORG_ADMIN, "GET", "POST"),
    "organizations:department-update": rule(Who.FULL_ORG_ADMIN, "GET", "POST"),
    "organizations:department-merge": rule(Who.FULL_ORG_ADMIN, "GET", "POST"),
    "organizations:department-archive": rule(Who.FULL_ORG_ADMIN, "POST"),
    "organizations:department-restore": rule(Who.FULL_ORG_ADMIN, "POST"),
    "organizations:member-list": rule(Who.ORG_ADMIN, "GET"),
    "organizations:member-update": rule(Who.FULL_ORG_ADMIN, "GET", "POST", fresh=True),
    "organizations:member-remove": rule(Who.FULL_ORG_ADMIN, "GET", "POST"),
    "organizations:invitation-list": rule(Who.ORG_ADMIN, "GET"),
    "organizations:invitation-create": rule(Who.ORG_ADMIN, "GET", "POST"),
    "organizations:invitation-many": rule(Who.ORG_ADMIN, "GET", "POST", upload_bytes=1_000_000),
    "organizations:invitation-resend": rule(Who.ORG_ADMIN, "POST"),
    "organizations:invitation-revoke": rule(Who.ORG_ADMIN, "POST"),
    "organizations:audit": rule(Who.FULL_ORG_ADMIN, "GET"),
    "organizations:audit-export": rule(Who.FULL_ORG_ADMIN, "GET"),
    "emissions:organization-dashboard": rule(Who.ORG_ADMIN, "GET"),
    "emissions:organization-export": rule(Who.ORG_ADMIN, "GET"),
    "emissions:target-list": rule(Who.FULL_ORG_ADMIN, "GET", "POST"),
    "emissions:target-remove": rule(Who.FULL_ORG_ADMIN, "POST"),
    "emissions:month-list": rule(Who.FULL_ORG_ADMIN, "GET"),
    "emissions:month-close": rule(Who.FULL_ORG_ADMIN, "POST"),
    "emissions:month-reopen": rule(Who.FULL_ORG_ADMIN, "POST"),
    "emissions:organization-delete": rule(Who.FULL_ORG_ADMIN, "GET", "POST", fresh=True),
    "emissions:organization-factor-list": rule(Who.FULL_ORG_ADMIN, "GET"),
    "emissions:organization-factor-create": rule(Who.FULL_ORG_ADMIN, "GET", "POST"),
    "emissions:organization-factor-update": rule(Who.FULL_ORG_ADMIN, "GET", "POST"),
    "emissions:organization-factor-withdraw": rule(Who.FULL_ORG_ADMIN, "GET", "POST"),
    # At its end, who began the deletion belongs to no organization and is told here. Others see nothing.
    "emissions:deletion-progress": rule(Who.SIGNED_IN, "GET"),
    # What people need not type, and what their numbers tell.
    "emissions:import-list": rule(Who.SIGNED_IN, "GET", "POST", upload_bytes=20_000_000),
    "emissions:import-template": rule(Who.SIGNED_IN, "GET"),
    "emissions:import-detail": rule(Who.SIGNED_IN, "GET"),
    "emissions:import-columns": rule(Who.SIGNED_IN, "GET", "POST"),
    "emissions:import-start": rule(Who.SIGNED_IN, "POST"),
    "emissions:import-undo": rule(Who.SIGNED_IN, "GET", "POST"),
    "emissions:import-discard": rule(Who.SIGNED_IN, "POST"),
    "emissions:import-errors": rule(Who.SIGNED_IN, "GET"),
    "emissions:rule-list": rule(Who.SIGNED_IN, "GET"),
    "emissions:rule-create": rule(Who.SIGNED_IN, "GET", "POST"),
    "emissions:rule-update": rule(Who.SIGNED_IN, "GET", "POST"),
    "emissions:rule-pause": rule(Who.SIGNED_IN, "POST"),
    "emissions:rule-resume": rule(Who.SIGNED_IN, "POST"),
    "emissions:rule-skip": rule(Who.SIGNED_IN, "POST"),
    "emissions:rule-unskip": rule(Who.SIGNED_IN, "POST"),
    "emissions:rule-delete": rule(Who.SIGNED_IN, "GET", "POST"),
    "emissions:insights": rule(Who.SIGNED_IN, "GET"),
    "emissions:what-if": rule(Who.SIGNED_IN, "GET", "POST"),
    "emissions:personal-target": rule(Who.SIGNED_IN, "GET", "POST"),
    "emissions:personal-target-remove": rule(Who.SIGNED_IN, "POST"),
    "emissions:report": rule(Who.SIGNED_IN, "GET"),
    "emissions:report-prepare": rule(Who.SIGNED_IN, "POST"),
    "emissions:report-progress": rule(Who.SIGNED_IN, "GET"),
    "emissions:report-file": rule(Who.SIGNED_IN, "GET"),
    "emissions:recalculation": rule(Who.SIGNED_IN, "GET", "POST"),
    "emissions:archive": rule(Who.SIGNED_IN, "GET", "POST"),
    "emissions:archive-restore": rule(Who.SIGNED_IN, "POST"),
    "emissions:organization-report": rule(Who.ORG_ADMIN, "GET"),
    "emissions:organization-report-prepare": rule(Who.ORG_ADMIN, "POST"),
    "emissions:organization-report-progress": rule(Who.ORG_ADMIN, "GET"),
    "emissions:organization-report-file": rule(Who.ORG_ADMIN, "GET"),
    "emissions:organization-recalculation": rule(Who.FULL_ORG_ADMIN, "GET", "POST"),
    "emissions:organization-archive": rule(Who.FULL_ORG_ADMIN, "GET", "POST"),
    "emissions:organization-archive-restore": rule(Who.FULL_ORG_ADMIN, "POST"),
    # Invitations to oneself. A mailed link shows what it offers to whoever holds it; only a POST accepts.
    "organizations:my-invitations": rule(Who.SIGNED_IN, "GET"),
    "organizations:invitation": rule(Who.ANYONE, "GET"),
    "organizations:invitation-accept": rule(Who.SIGNED_IN, "POST"),
    "organizations:invitation-decline": rule(Who.SIGNED_IN, "POST"),
    "accounts:settings": rule(Who.SIGNED_IN, "GET", "POST"),
    "accounts:security": rule(Who.SIGNED_IN, "GET"),
    "accounts:confirm-by-mail": rule(Who.SIGNED_IN, "GET", "POST"),
    "accounts:activity": rule(Who.SIGNED_IN, "GET"),
    "accounts:data": rule(Who.SIGNED_IN, "GET", "POST", fresh=True),
    "accounts:data-progress": rule(Who.SIGNED_IN, "GET"),
    "accounts:data-file": rule(Who.SIGNED_IN, "GET", fresh=True),
    "accounts:delete": rule(Who.SIGNED_IN, "GET", "POST", fresh=True),
    "accounts:keep": rule(Who.SIGNED_IN, "POST"),
    # The staff console, in all of its parts.
    "staff:overview": rule(Who.STAFF, "GET"),
    "staff:overview-count": rule(Who.STAFF, "POST"),
    "staff:person-list": rule(Who.STAFF, "GET"),
    "staff:person-detail": rule(Who.STAFF, "GET"),
    "staff:person-sessions-end": rule(Who.STAFF, "POST"),
    "staff:person-disable": rule(Who.STAFF, "GET", "POST"),
    "staff:person-enable": rule(Who.STAFF, "POST"),
    "staff:person-role": rule(Who.STAFF, "GET", "POST", fresh=True),
    "staff:person-second-step": rule(Who.STAFF, "GET", "POST", fresh=True),
    "staff:person-verify": rule(Who.STAFF, "POST"),
    "staff:person-export": rule(Who.STAFF, "POST"),
    "staff:person-erase": rule(Who.STAFF, "GET", "POST", fresh=True),
    "staff:person-keep": rule(Who.STAFF, "POST"),
    "staff:organization-list": rule(Who.STAFF, "GET"),
    "staff:organization-detail": rule(Who.STAFF, "GET"),
    "staff:organization-suspend": rule(Who.STAFF, "GET", "POST"),
    "staff:organization-restore": rule(Who.STAFF, "POST"),
    "staff:organization-hand-over": rule(Who.STAFF, "GET", "POST"),
    "staff:visit-list": rule(Who.STAFF, "GET"),
    "staff:visit-organization": rule(Who.STAFF, "GET", "POST"),
    "staff:visit-person": rule(Who.STAFF, "GET", "POST"),
    "staff:visit-end": rule(Who.STAFF, "POST"),
    "staff:support-dashboard": rule(Who.STAFF, "GET"),
    "staff:support-members": rule(Who.STAFF, "GET"),
    "staff:support-months": rule(Who.STAFF, "GET"),
    "staff:support-audit": rule(Who.STAFF, "GET"),
    "staff:support-entries": rule(Who.STAFF, "GET"),
    "staff:publication-list": rule(Who.STAFF, "GET"),
    "staff:publication-upload": rule(Who.STAFF, "GET", "POST", upload_bytes=2_000_000),
    "staff:publication-detail": rule(Who.STAFF, "GET"),
    "staff:publication-count": rule(Who.STAFF, "POST"),
    "staff:publication-publish": rule(Who.STAFF, "GET", "POST"),
    "staff:publication-withdraw": rule(Who.STAFF, "GET", "POST"),
    "staff:publication-discard": rule(Who.STAFF, "POST"),
    "staff:publication-file": rule(Who.STAFF, "GET"),
    "staff:job-list": rule(Who.STAFF, "GET"),
    "staff:job-detail": rule(Who.STAFF, "GET"),
    "staff:job-retry": rule(Who.STAFF, "POST"),
    "staff:job-cancel": rule(Who.STAFF, "POST"),
    "staff:audit": rule(Who.STAFF, "GET"),
    "staff:audit-export": rule(Who.STAFF, "GET"),
    # Signing up, in and out, and mailed links. A link is opened with GET, which only shows a button.
    "account_signup": rule(Who.ANYONE, "GET", "POST"),
    "account_login": rule(Who.ANYONE, "GET", "POST"),
    "account_logout": rule(Who.ANYONE, "GET", "POST"),
    "account_inactive": rule(Who.ANYONE, "GET"),
    "account_email_verification_sent": rule(Who.ANYONE, "GET"),
    "account_confirm_email": rule(Who.ANYONE, "GET", "POST"),
    "account_reset_password": rule(Who.ANYONE, "GET", "POST"),
    "account_reset_password_done": rule(Who.ANYONE, "GET"),
    "account_reset_password_from_key": rule(Who.ANYONE, "GET", "POST"),
    "account_reset_password_from_key_done": rule(Who.ANYONE, "GET"),
    "account_email": rule(Who.SIGNED_IN, "GET", "POST", fresh=True),
    "account_change_password": rule(Who.SIGNED_IN, "GET", "POST"),
    "account_set_password": rule(Who.SIGNED_IN, "GET", "POST", fresh=True),
    "account_reauthenticate": rule(Who.SIGNED_IN, "GET", "POST"),
    "account_request_login_code": rule(Who.ANYONE, "GET", "POST"),
    "account_confirm_login_code": rule(Who.ANYONE, "GET", "POST"),
    # The second step. It is asked of who has given a password already, and is not signed in yet.
    "mfa_authenticate": rule(Who.ANYONE, "GET", "POST"),
    "mfa_login_webauthn": rule(Who.ANYONE, "GET", "POST"),
    "mfa_index": rule(Who.SIGNED_IN, "GET"),
    "mfa_reauthenticate": rule(Who.SIGNED_IN, "GET", "POST"),
    "mfa_reauthenticate_webauthn": rule(Who.SIGNED_IN, "GET", "POST"),
    "mfa_activate_totp": rule(Who.SIGNED_IN, "GET", "POST", fresh=True),
    "mfa_deactivate_totp": rule(Who.SIGNED_IN, "GET", "POST", fresh=True),
    "mfa_view_recovery_codes": rule(Who.SIGNED_IN, "GET", fresh=True),
    "mfa_generate_recovery_codes": rule(Who.SIGNED_IN, "GET", "POST", fresh=True),
    "mfa_download_recovery_codes": rule(Who.SIGNED_IN, "GET", fresh=True),
    "mfa_list_webauthn": rule(Who.SIGNED_IN, "GET"),
    "mfa_add_webauthn": rule(Who.SIGNED_IN, "GET", "POST", fresh=True),
    "mfa_edit_webauthn": rule(Who.SIGNED_IN, "GET", "POST", fresh=True),
    "mfa_remove_webauthn": rule(Who.SIGNED_IN, "GET", "POST", fresh=True),
    "usersessions_list": rule(Who.SIGNED_IN, "GET", "POST"),
    # Signing in with an account of another provider, where one is configured.
    "socialaccount_login_cancelled": rule(Who.ANYONE, "GET"),
    "socialaccount_signup": rule(Who.ANYONE, "GET"),
    "socialaccount_connections": rule(Who.SIGNED_IN, "GET", "POST", fresh=True),
}


def provider_rules(names: Iterable[str]) -> dict[str, Rule]:
    """The routes of signing in with another account, for the providers that are configured."""
    rules = {}
    for name in names:
        rules[f"{name}_login"] = rule(Who.ANYONE, "GET", "POST")
        rules[f"{name}_callback"] = rule(Who.ANYONE, "GET")
    return rules


POLICY |= provider_rules(settings.SOCIALACCOUNT_PROVIDERS)
