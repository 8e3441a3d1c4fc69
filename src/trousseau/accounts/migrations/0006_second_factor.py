import django.db.models.deletion
import trousseau.clock
import trousseau.tokens
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_session_limits"),
        ("otp_totp", "0003_add_timestamps"),
    ]

    operations = [
        migrations.CreateModel(
            name="FactorReset",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=trousseau.tokens.public_id, max_length=16, unique=True
                    ),
                ),
                ("proof", models.CharField(max_length=20)),
                ("started_at", models.DateTimeField(default=trousseau.clock.now)),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "reset of second factors",
            },
        ),
        migrations.CreateModel(
            name="Passkey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="The human-readable name of this device.", max_length=64
                    ),
                ),
                (
                    "confirmed",
                    models.BooleanField(default=True, help_text="Is this device ready for use?"),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        auto_now_add=True,
                        help_text="The date and time when this device was initially created in the system.",
                        null=True,
                    ),
                ),
                (
                    "last_used_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="The most recent date and time this device was used.",
                        null=True,
                    ),
                ),
                (
                    "credential_type",
                    models.CharField(
                        choices=[("public-key", "Public Key")],
                        default="public-key",
                        editable=False,
                        max_length=32,
                        verbose_name="credential type",
                    ),
                ),
                (
                    "credential_id",
                    models.BinaryField(max_length=1023, verbose_name="credential id data"),
                ),
                (
                    "public_key",
                    models.BinaryField(max_length=1023, verbose_name="COSE public key data"),
                ),
                (
                    "transports",
                    models.JSONField(default=list, editable=False, verbose_name="transports"),
                ),
                (
                    "sign_count",
                    models.PositiveIntegerField(
                        default=0, editable=False, verbose_name="sign count"
                    ),
                ),
                (
                    "backup_eligible",
                    models.BooleanField(
                        default=False, editable=False, verbose_name="backup eligible"
                    ),
                ),
                (
                    "backup_state",
                    models.BooleanField(default=False, editable=False, verbose_name="backup state"),
                ),
                ("aaguid", models.CharField(editable=False, max_length=36, verbose_name="AAGUID")),
                (
                    "credential_id_sha256",
                    models.CharField(
                        editable=False,
                        max_length=64,
                        unique=True,
                        verbose_name="hashed credential id",
                    ),
                ),
                (
                    "discoverable",
                    models.BooleanField(
                        default=None, editable=False, null=True, verbose_name="discoverable"
                    ),
                ),
                ("host", models.CharField(max_length=253)),
            ],
            options={
                "verbose_name": "passkey",
                "verbose_name_plural": "passkeys",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CodeApp",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("otp_totp.totpdevice",),
        ),
        migrations.AddField(
            model_name="account",
            name="protected_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="credential",
            name="kind",
            field=models.CharField(
                choices=[
                    ("recovery", "link to choose a new password"),
                    ("confirmation", "link to confirm an address"),
                    ("objection", "link to object to a change of address"),
                    ("saved-code", "saved code in place of a second factor"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="factorreset",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="factor_resets",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="factorreset",
            name="confirmed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="factorreset",
            name="started_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="passkey",
            name="user",
            field=models.ForeignKey(
                help_text="The user that this device belongs to.",
                on_delete=django.db.models.deletion.CASCADE,
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="factorreset",
            constraint=models.UniqueConstraint(
                models.F("account"),
                condition=models.Q(("ended_at__isnull", True)),
                name="one_factor_reset_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="factorreset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_by__isnull", True),
                    models.Q(
                        models.Q(("confirmed_by", models.F("started_by")), _negated=True),
                        models.Q(("confirmed_by", models.F("account")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="factor_reset_by_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="factorreset",
            constraint=models.CheckConstraint(
                condition=models.Q(("started_by", models.F("account")), _negated=True),
                name="factor_reset_not_started_by_oneself",
            ),
        ),
        migrations.AddIndex(
            model_name="passkey",
            index=models.Index(fields=["user", "host"], name="passkey_of_account"),
        ),
    ]
