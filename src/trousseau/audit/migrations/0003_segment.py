from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_role_request_and_blanking_of_an_event")]

    operations = [
        migrations.CreateModel(
            name="Segment",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("sealed_at", models.DateTimeField()),
                ("reached", models.BigIntegerField()),
                ("open", models.JSONField(default=list)),
                ("leaves_digest", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=16)),
                ("previous", models.CharField(blank=True, max_length=64)),
                ("head", models.CharField(max_length=64)),
                ("leaves", models.BinaryField()),
                ("purged", models.JSONField(default=list)),
                ("emptied", models.BooleanField(default=False)),
                ("amended", models.CharField(blank=True, max_length=64)),
                ("look_at", models.DateTimeField(db_index=True, null=True)),
            ],
            options={"verbose_name": "segment"},
        ),
    ]
