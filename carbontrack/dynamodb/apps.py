from django.apps import AppConfig


class DynamoDBConfig(AppConfig):
    name = "carbontrack.dynamodb"

    def ready(self) -> None:
        from carbontrack import job_queue, usage  # noqa: F401  # connects the receivers
