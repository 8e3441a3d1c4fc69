from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "trousseau.accounts"
    verbose_name = "accounts"

    def ready(self) -> None:
        from trousseau.accounts import letters

        letters.register()
