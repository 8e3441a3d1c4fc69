from django.apps import AppConfig


class HelpdeskConfig(AppConfig):
    name = "trousseau.helpdesk"
    verbose_name = "help desk"

    def ready(self) -> None:
        from trousseau.helpdesk import letters

        letters.register()
