from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_operator"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="former_digest",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="session",
            name="former_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="session",
            name="idle_seconds",
            field=models.PositiveIntegerField(default=1800),
        ),
        migrations.AddField(
            model_name="session",
            name="longest_seconds",
            field=models.PositiveIntegerField(default=1800),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.UniqueConstraint(
                models.F("former_digest"),
                condition=models.Q(("former_digest", ""), _negated=True),
                name="one_session_a_former_key",
            ),
        ),
    ]
