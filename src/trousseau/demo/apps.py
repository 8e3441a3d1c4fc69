from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "trousseau.demo"
    verbose_name = "demonstration"
