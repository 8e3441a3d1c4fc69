from django.apps import AppConfig


class SigninConfig(AppConfig):
    name = "trousseau.signin"
    verbose_name = "sign-in"

    def ready(self) -> None:
        from trousseau.signin import letters
        from trousseau.signin.cas import endings
        from trousseau.work import duties

        letters.register()
        duties.register("forget ended CAS tickets", duties.BULK, endings.purge)
