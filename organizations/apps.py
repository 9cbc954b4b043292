from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "organizations"

    def ready(self) -> None:
        from carbontrack.personal_data import register
        from organizations import signals  # noqa: F401  # connects the receivers
        from organizations.privacy import KEEPER

        register(KEEPER)
