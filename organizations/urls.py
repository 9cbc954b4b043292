"""Routes of an organization. None carries its id: the caller's profile decides which one it is."""

from django.urls import path

from organizations.views import audit, departments, home, invitations, members, received

app_name = "organizations"

urlpatterns = [
    path("organization/", home.home, name="home"),
    path("organization/new/", home.create, name="create"),
    path("organization/settings/", home.settings, name="settings"),
    path("organization/leave/", home.leave, name="leave"),
    path("organization/departments/", departments.department_list, name="department-list"),
    path("organization/departments/new/", departments.department_create, name="department-create"),
    path(
        "organization/departments/<str:department_id>/",
        departments.department_update,
        name="department-update",
    ),
    path(
        "organization/departments/<str:department_id>/merge/",
        departments.department_merge,
        name="department-merge",
    ),
    path(
        "organization/departments/<str:department_id>/archive/",
        departments.department_archive,
        name="department-archive",
    ),
    path(
        "organization/departments/<str:department_id>/restore/",
        departments.department_restore,
        name="department-restore",
    ),
    path("organization/members/", members.member_list, name="member-list"),
    path("organization/members/<str:user_id>/", members.member_update, name="member-update"),
    path("organization/members/<str:user_id>/remove/", members.member_remove, name="member-remove"),
    path("organization/invitations/", invitations.invitation_list, name="invitation-list"),
    path("organization/invitations/new/", invitations.invitation_create, name="invitation-create"),
    path("organization/invitations/many/", invitations.invitation_many, name="invitation-many"),
    path(
        "organization/invitations/<str:invitation_id>/resend/",
        invitations.invitation_resend,
        name="invitation-resend",
    ),
    path(
        "organization/invitations/<str:invitation_id>/revoke/",
        invitations.invitation_revoke,
        name="invitation-revoke",
    ),
    path("organization/audit/", audit.audit, name="audit"),
    path("organization/audit/export/", audit.audit_export, name="audit-export"),
    path("invitations/", received.my_invitations, name="my-invitations"),
    path("invitations/<str:token>/", received.invitation, name="invitation"),
    path("invitations/<str:token>/accept/", received.invitation_accept, name="invitation-accept"),
    path("invitations/<str:token>/decline/", received.invitation_decline, name="invitation-decline"),
]
