"""An alert about what is nearly the same: its thread, and the variants of its text."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add both columns."""

    dependencies = [("alerts", "0002_triage")]

    operations = [
        migrations.AddField("alert", "thread", models.BigIntegerField(default=0)),
        migrations.AddField("alert", "variants", models.JSONField(default=list)),
    ]
