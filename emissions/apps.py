from django.apps import AppConfig


class EmissionsConfig(AppConfig):
    name = "emissions"

    def ready(self) -> None:
        from carbontrack.personal_data import register
        from emissions.privacy.keeper import KEEPER

        register(KEEPER)
