from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('detect', '0003_history_and_special_days'),
    ]

    operations = [
        migrations.AddField(
            model_name='lease',
            name='since_at',
            field=models.DateTimeField(null=True),
        ),
    ]
