from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "trousseau.audit"
    verbose_name = "audit trail"
