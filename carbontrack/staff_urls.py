"""The staff console. Each page is in the app that owns its data; who may call them is in the policy."""

from django.urls import include, path

from accounts.staff import people
from carbontrack.staff import jobs
from emissions.staff import factors, overview, tenants
from emissions.staff import support as visits
from organizations.staff import audit, organizations, support

app_name = "staff"

_PEOPLE = [
    path("", people.person_list, name="person-list"),
    path("<str:user_id>/", people.person_detail, name="person-detail"),
    path("<str:user_id>/sessions/end/", people.person_sessions_end, name="person-sessions-end"),
    path("<str:user_id>/disable/", people.person_disable, name="person-disable"),
    path("<str:user_id>/enable/", people.person_enable, name="person-enable"),
    path("<str:user_id>/role/", people.person_role, name="person-role"),
    path("<str:user_id>/second-step/", people.person_second_step, name="person-second-step"),
    path("<str:user_id>/verify/", people.person_verify, name="person-verify"),
    path("<str:user_id>/export/", people.person_export, name="person-export"),
    path("<str:user_id>/erase/", people.person_erase, name="person-erase"),
    path("<str:user_id>/keep/", people.person_keep, name="person-keep"),
    path("<str:user_id>/visit/", support.visit_person, name="visit-person"),
]
_ORGANIZATIONS = [
    path("", organizations.organization_list, name="organization-list"),
    path("<str:organization_id>/", tenants.organization_detail, name="organization-detail"),
    path("<str:organization_id>/suspend/", organizations.organization_suspend, name="organization-suspend"),
    path("<str:organization_id>/restore/", organizations.organization_restore, name="organization-restore"),
    path(
        "<str:organization_id>/hand-over/",
        organizations.organization_hand_over,
        name="organization-hand-over",
    ),
    path("<str:organization_id>/visit/", support.visit_organization, name="visit-organization"),
]
_VISITS = [
    path("", support.visit_list, name="visit-list"),
    path("<str:visit_id>/end/", support.visit_end, name="visit-end"),
    path("<str:visit_id>/dashboard/", visits.support_dashboard, name="support-dashboard"),
    path("<str:visit_id>/members/", visits.support_members, name="support-members"),
    path("<str:visit_id>/months/", visits.support_months, name="support-months"),
    path("<str:visit_id>/audit/", visits.support_audit, name="support-audit"),
    path("<str:visit_id>/entries/", visits.support_entries, name="support-entries"),
]
_FACTORS = [
    path("", factors.publication_list, name="publication-list"),
    path("new/", factors.publication_upload, name="publication-upload"),
    path("<str:publication_id>/", factors.publication_detail, name="publication-detail"),
    path("<str:publication_id>/count/", factors.publication_count, name="publication-count"),
    path("<str:publication_id>/publish/", factors.publication_publish, name="publication-publish"),
    path("<str:publication_id>/withdraw/", factors.publication_withdraw, name="publication-withdraw"),
    path("<str:publication_id>/discard/", factors.publication_discard, name="publication-discard"),
    path("<str:publication_id>/file/", factors.publication_file, name="publication-file"),
]
_JOBS = [
    path("", jobs.job_list, name="job-list"),
    path("<str:job_id>/", jobs.job_detail, name="job-detail"),
    path("<str:job_id>/retry/", jobs.job_retry, name="job-retry"),
    path("<str:job_id>/cancel/", jobs.job_cancel, name="job-cancel"),
]

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("count/", overview.overview_count, name="overview-count"),
    path("people/", include(_PEOPLE)),
    path("organizations/", include(_ORGANIZATIONS)),
    path("visits/", include(_VISITS)),
    path("factors/", include(_FACTORS)),
    path("jobs/", include(_JOBS)),
    path("audit/", audit.audit, name="audit"),
    path("audit/export/", audit.audit_export, name="audit-export"),
]
