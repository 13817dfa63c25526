from django.apps import AppConfig


class ChangesConfig(AppConfig):
    name = "apps.changes"

    def ready(self) -> None:
        """Start to listen for what is to be audited."""
        from apps.changes.audit.listening import listen  # noqa: PLC0415 (models must be loaded first)

        listen()
