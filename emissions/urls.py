"""The routes of activities, entries and factors, and the home page."""

from django.urls import include, path

from emissions.views import (
    archive,
    entries,
    factors,
    front,
    home,
    imports,
    insights,
    log,
    recalculation,
    recurring,
    reports,
    work,
)

app_name = "emissions"

_ENTRIES = [
    path("", entries.entry_list, name="entry-list"),
    path("restore/", entries.entry_restore, name="entry-restore"),
    path("<str:slug>/", entries.entry_detail, name="entry-detail"),
    path("<str:slug>/edit/", entries.entry_update, name="entry-update"),
    path("<str:slug>/delete/", entries.entry_delete, name="entry-delete"),
    path("<str:slug>/again/", entries.entry_repeat, name="entry-repeat"),
]
_IMPORTS = [
    path("", imports.pages.import_list, name="import-list"),
    path("template/", imports.pages.import_template, name="import-template"),
    path("<str:import_id>/", imports.pages.import_detail, name="import-detail"),
    path("<str:import_id>/columns/", imports.columns.import_columns, name="import-columns"),
    path("<str:import_id>/start/", imports.running.import_start, name="import-start"),
    path("<str:import_id>/undo/", imports.running.import_undo, name="import-undo"),
    path("<str:import_id>/discard/", imports.running.import_discard, name="import-discard"),
    path("<str:import_id>/errors/", imports.running.import_errors, name="import-errors"),
]
_RULES = [
    path("", recurring.rule_list, name="rule-list"),
    path("new/", recurring.rule_create, name="rule-create"),
    path("<str:rule_id>/edit/", recurring.rule_update, name="rule-update"),
    path("<str:rule_id>/pause/", recurring.rule_pause, name="rule-pause"),
    path("<str:rule_id>/resume/", recurring.rule_resume, name="rule-resume"),
    path("<str:rule_id>/skip/", recurring.rule_skip, name="rule-skip"),
    path("<str:rule_id>/unskip/", recurring.rule_unskip, name="rule-unskip"),
    path("<str:rule_id>/delete/", recurring.rule_delete, name="rule-delete"),
]
_INSIGHTS = [
    path("", insights.comparison.insights, name="insights"),
    path("what-if/", insights.what_if.what_if, name="what-if"),
    path("target/", insights.target.personal_target, name="personal-target"),
    path("target/remove/", insights.target.personal_target_remove, name="personal-target-remove"),
    path("report/", reports.personal.report, name="report"),
    path("report/prepare/", reports.personal.report_prepare, name="report-prepare"),
    path("report/<str:report_id>/", reports.personal.report_progress, name="report-progress"),
    path("report/<str:report_id>/file/", reports.personal.report_file, name="report-file"),
    path("factor-updates/", recalculation.recalculation, name="recalculation"),
]
_WORK = [
    path("report/", reports.work.organization_report, name="organization-report"),
    path("report/prepare/", reports.work.organization_report_prepare, name="organization-report-prepare"),
    path(
        "report/<str:report_id>/",
        reports.work.organization_report_progress,
        name="organization-report-progress",
    ),
    path(
        "report/<str:report_id>/file/", reports.work.organization_report_file, name="organization-report-file"
    ),
    path("factor-updates/", recalculation.organization_recalculation, name="organization-recalculation"),
    path("archive/", archive.organization_archive, name="organization-archive"),
    path(
        "archive/<str:month>/restore/",
        archive.organization_archive_restore,
        name="organization-archive-restore",
    ),
    path("dashboard/", work.dashboard.organization_dashboard, name="organization-dashboard"),
    path("dashboard/export/", work.dashboard.organization_export, name="organization-export"),
    path("factors/", work.factors.organization_factor_list, name="organization-factor-list"),
    path("factors/new/", work.factors.organization_factor_create, name="organization-factor-create"),
    path(
        "factors/<str:publication_id>/",
        work.factors.organization_factor_update,
        name="organization-factor-update",
    ),
    path(
        "factors/<str:publication_id>/withdraw/",
        work.factors.organization_factor_withdraw,
        name="organization-factor-withdraw",
    ),
    path("targets/", work.targets.target_list, name="target-list"),
    path("targets/<str:target_id>/remove/", work.targets.target_remove, name="target-remove"),
    path("months/", work.months.month_list, name="month-list"),
    path("months/<str:month>/close/", work.months.month_close, name="month-close"),
    path("months/<str:month>/reopen/", work.months.month_reopen, name="month-reopen"),
    path("delete/", work.deletion.organization_delete, name="organization-delete"),
    path("delete/progress/", work.deletion.deletion_progress, name="deletion-progress"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("calculator/", front.calculator, name="calculator"),
    path("log/", log.entry_create, name="entry-create"),
    path("log/preview/", log.entry_preview, name="entry-preview"),
    path("settings/archive/", archive.archive, name="archive"),
    path("settings/archive/<str:month>/restore/", archive.archive_restore, name="archive-restore"),
    path("factors/", factors.factor_list, name="factor-list"),
    path("factors/<str:factor_id>/", factors.factor_detail, name="factor-detail"),
    path("entries/", include(_ENTRIES)),
    path("imports/", include(_IMPORTS)),
    path("recurring/", include(_RULES)),
    path("insights/", include(_INSIGHTS)),
    path("organization/", include(_WORK)),
]
