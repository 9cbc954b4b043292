"""The routes of a person's own settings."""

from django.urls import path

from accounts import confirming, security, views
from accounts.activity import activity
from accounts.privacy import views as privacy

app_name = "accounts"

urlpatterns = [
    path("", views.settings, name="settings"),
    path("security/", security.security, name="security"),
    path("confirm/", confirming.ConfirmByMail.as_view(), name="confirm-by-mail"),
    path("activity/", activity, name="activity"),
    path("data/", privacy.data, name="data"),
    path("data/<str:export_id>/", privacy.data_progress, name="data-progress"),
    path("data/<str:export_id>/file/", privacy.data_file, name="data-file"),
    path("delete/", privacy.delete_account, name="delete"),
    path("keep/", privacy.keep_account, name="keep"),
]
