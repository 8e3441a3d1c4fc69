from django.apps import AppConfig


class SigninConfig(AppConfig):
    name = "trousseau.signin"
    verbose_name = "sign-in"
