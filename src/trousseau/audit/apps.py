from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "trousseau.audit"
    verbose_name = "audit trail"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created
        from django.db.models.signals import post_migrate

        from trousseau.audit import append_only, pseudonyms, sealing
        from trousseau.work import duties

        connection_created.connect(append_only.on_connection, dispatch_uid="audit-append-only")
        post_migrate.connect(
            append_only.after_migrate, sender=self, dispatch_uid="audit-append-only"
        )
        duties.register(
            "seal the trail", duties.BULK, sealing.seal, rest=sealing.REST, batch=sealing.BATCH
        )
        duties.register(
            "take the traces of the departed out of the trail",
            duties.BULK,
            pseudonyms.blank,
            rest=pseudonyms.REST,
        )
