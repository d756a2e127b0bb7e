"""Settings, URLs and the ASGI application."""

import os


def setup_django() -> None:
    """Make Django's models usable in this process. Cheap when called again."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tocsin.conf.settings")
    import django

    django.setup()
