"""Every route. `carbontrack.policy` says who may call it."""

from django.urls import include, path

from carbontrack import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("account/", include("allauth.account.urls")),
    path("settings/", include("accounts.urls")),
    path("", include("organizations.urls")),
    path("", include("emissions.urls")),
]

handler400 = "carbontrack.errors.bad_request"
handler403 = "carbontrack.errors.permission_denied"
handler404 = "carbontrack.errors.page_not_found"
handler500 = "carbontrack.errors.server_error"
