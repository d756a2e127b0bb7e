"""Tokens: which may send to which source."""

from django.db.models import F

from tocsin.apps.intake.models import IngestToken


def read_tokens() -> tuple[IngestToken, ...]:
    """Every token, those that still work first. Cost: one query."""
    tokens = IngestToken.objects.select_related("source")
    return tuple(tokens.order_by(F("revoked_at").desc(nulls_first=True), "source__name", "-created_at")[:1_000])
