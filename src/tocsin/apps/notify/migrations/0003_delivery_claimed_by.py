"""Who has a delivery in hand, so that what a dead notifier held is free at once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column."""

    dependencies = [("notify", "0002_oncall")]

    operations = [
        migrations.AddField("delivery", "claimed_by", models.CharField(blank=True, default="", max_length=200), False),
    ]
