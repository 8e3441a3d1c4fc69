from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "trousseau.ui"
    verbose_name = "pages"
