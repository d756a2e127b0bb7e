"""The console as an application of Django."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Begins to listen when Django is ready."""

    name = "tocsin.web"

    def ready(self) -> None:
        """Record what the sign-in library tells."""
        from tocsin.web.signing import listen

        listen()
