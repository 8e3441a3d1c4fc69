from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "trousseau.accounts"
    verbose_name = "accounts"

    def ready(self) -> None:
        from django.conf import settings

        from trousseau.accounts import letters, passwords
        from trousseau.accounts.services import sessions
        from trousseau.work import duties

        letters.register()
        duties.register("remove sessions that are over", duties.BULK, sessions.purge)
        if settings.BREACHED_PASSWORDS:
            passwords.configure(passwords.BreachedList(settings.BREACHED_PASSWORDS))
