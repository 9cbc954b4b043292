from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import second_step, signals  # noqa: F401  # connect the receivers
        from accounts.privacy.keeper import KEEPER
        from carbontrack.personal_data import register

        register(KEEPER)
