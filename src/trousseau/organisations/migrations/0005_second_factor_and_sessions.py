import trousseau.organisations.policies
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0004_new_device_mail"),
    ]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="second_factor",
            field=models.CharField(
                choices=[
                    ("helpers", "of those who help others"),
                    ("everybody", "of everybody"),
                    ("optional", "of those who wish so"),
                ],
                default="helpers",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="organisation",
            name="cas_second_factor",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="organisation",
            name="session_limits",
            field=models.JSONField(
                blank=True,
                default=dict,
                validators=[trousseau.organisations.policies.check_session_limits],
            ),
        ),
    ]
