from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_session_ticket"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="is_operator",
            field=models.BooleanField(default=False, verbose_name="operator"),
        ),
    ]
