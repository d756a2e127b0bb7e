from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0002_own_retention'),
    ]

    operations = [
        migrations.AddField(
            model_name='source',
            name='silent_after_s',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
    ]
