from django.apps import AppConfig


class SigninConfig(AppConfig):
    name = "trousseau.signin"
    verbose_name = "sign-in"

    def ready(self) -> None:
        from trousseau.signin import letters

        letters.register()
