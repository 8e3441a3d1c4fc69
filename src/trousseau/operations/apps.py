from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "trousseau.operations"
    verbose_name = "operations"
