from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_segment")]

    operations = [
        migrations.CreateModel(
            name="Departure",
            fields=[
                ("subject", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("organisation", models.CharField(max_length=60)),
                ("noted_at", models.DateTimeField()),
            ],
            options={"verbose_name": "departure"},
        ),
    ]
