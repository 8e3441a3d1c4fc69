from django.apps import AppConfig


class SigninConfig(AppConfig):
    name = "trousseau.signin"
    verbose_name = "sign-in"

    def ready(self) -> None:
        from trousseau.accounts import pending
        from trousseau.signin import letters, services

        letters.register()
        pending.register(services.open_pending)
