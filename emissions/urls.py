"""The routes of activities, entries and factors, and the home page."""

from django.urls import path

from emissions.views import entries, factors, front, home, log

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
    path("factors/", factors.factor_list, name="factor-list"),
    path("factors/<str:factor_id>/", factors.factor_detail, name="factor-detail"),
]
