from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "trousseau.accounts"
    verbose_name = "accounts"

    def ready(self) -> None:
        from django.conf import settings

        from trousseau.accounts import letters, passwords

        letters.register()
        if settings.BREACHED_PASSWORDS:
            passwords.configure(passwords.BreachedList(settings.BREACHED_PASSWORDS))
