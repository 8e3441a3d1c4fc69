from django.apps import AppConfig


class ThrottlingConfig(AppConfig):
    name = "trousseau.throttling"
    verbose_name = "throttling"
