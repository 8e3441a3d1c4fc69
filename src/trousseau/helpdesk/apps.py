from django.apps import AppConfig


class HelpdeskConfig(AppConfig):
    name = "trousseau.helpdesk"
    verbose_name = "help desk"

    def ready(self) -> None:
        from trousseau.helpdesk import letters, services
        from trousseau.work import duties
        from trousseau.work.ageing import REST

        letters.register()
        duties.register("remove old requests for help", duties.BULK, services.purge, rest=REST)
