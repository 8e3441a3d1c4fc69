from django.apps import AppConfig


class SigninConfig(AppConfig):
    name = "trousseau.signin"
    verbose_name = "sign-in"

    def ready(self) -> None:
        from trousseau.accounts import pending
        from trousseau.signin import letters, services
        from trousseau.signin.cas import endings
        from trousseau.work import duties

        letters.register()
        pending.register(services.open_pending)
        duties.register("forget ended CAS tickets", duties.BULK, endings.purge)
