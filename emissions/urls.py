"""The routes of activities, entries and factors, and the home page."""

from django.urls import path

from emissions.views import entries, factors, front, home, log
from emissions.views.work import dashboard, deletion, months, targets

app_name = "emissions"

urlpatterns = [
    path("", home.home, name="home"),
    path("calculator/", front.calculator, name="calculator"),
    path("log/", log.entry_create, name="entry-create"),
    path("log/preview/", log.entry_preview, name="entry-preview"),
    path("entries/", entries.entry_list, name="entry-list"),
    path("entries/restore/", entries.entry_restore, name="entry-restore"),
    path("entries/<str:slug>/", entries.entry_detail, name="entry-detail"),
    path("entries/<str:slug>/edit/", entries.entry_update, name="entry-update"),
    path("entries/<str:slug>/delete/", entries.entry_delete, name="entry-delete"),
    path("entries/<str:slug>/again/", entries.entry_repeat, name="entry-repeat"),
    path("organization/dashboard/", dashboard.organization_dashboard, name="organization-dashboard"),
    path("organization/dashboard/export/", dashboard.organization_export, name="organization-export"),
    path("organization/targets/", targets.target_list, name="target-list"),
    path("organization/targets/<str:target_id>/remove/", targets.target_remove, name="target-remove"),
    path("organization/months/", months.month_list, name="month-list"),
    path("organization/months/<str:month>/close/", months.month_close, name="month-close"),
    path("organization/months/<str:month>/reopen/", months.month_reopen, name="month-reopen"),
    path("organization/delete/", deletion.organization_delete, name="organization-delete"),
    path("organization/delete/progress/", deletion.deletion_progress, name="deletion-progress"),
    path("factors/", factors.factor_list, name="factor-list"),
    path("factors/<str:factor_id>/", factors.factor_detail, name="factor-detail"),
]
