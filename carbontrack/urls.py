"""Every route. `carbontrack.policy` says who may call it."""

from django.urls import include, path

from accounts.sessions import session_list
from carbontrack import disclosure, health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path(".well-known/security.txt", disclosure.security_txt, name="security-txt"),
    path("account/", include("allauth.account.urls")),
    path("account/second-step/", include("accounts.second_step_urls")),
    path("account/sessions/", session_list, name="usersessions_list"),
    path("account/other/", include("accounts.social_urls")),
    path("settings/", include("accounts.urls")),
    path("staff/", include("carbontrack.staff_urls")),
    path("", include("organizations.urls")),
    path("", include("emissions.urls")),
]

handler400 = "carbontrack.errors.bad_request"
handler403 = "carbontrack.errors.permission_denied"
handler404 = "carbontrack.errors.page_not_found"
handler500 = "carbontrack.errors.server_error"
