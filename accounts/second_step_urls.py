"""The routes of the second step: the library's, and before them those that this product answers itself."""

from django.urls import include, path

from accounts import second_step_views as views

urlpatterns = [
    path("", views.index, name="mfa_index"),
    path("totp/activate/", views.ActivateApp.as_view(), name="mfa_activate_totp"),
    path("totp/deactivate/", views.DeactivateApp.as_view(), name="mfa_deactivate_totp"),
    path(
        "recovery-codes/generate/",
        views.GenerateRecoveryCodes.as_view(),
        name="mfa_generate_recovery_codes",
    ),
    path("webauthn/", views.index, name="mfa_list_webauthn"),
    path("webauthn/add/", views.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("webauthn/login/", views.SignInWithPasskey.as_view(), name="mfa_login_webauthn"),
    path(
        "webauthn/reauthenticate/",
        views.ReauthenticateWithPasskey.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path("webauthn/keys/<int:pk>/edit/", views.EditPasskey.as_view(), name="mfa_edit_webauthn"),
    path("webauthn/keys/<int:pk>/remove/", views.RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    path("", include("allauth.mfa.urls")),
]
