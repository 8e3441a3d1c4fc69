from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_trusted_device"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="is_operator",
            field=models.BooleanField(default=False, verbose_name="operator"),
        ),
    ]
