from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "trousseau.mail"
    verbose_name = "mail"

    def ready(self) -> None:
        from trousseau.mail import ageing, delivery
        from trousseau.work import duties
        from trousseau.work.ageing import REST

        duties.register("deliver people's mail", duties.PEOPLE, delivery.deliver_urgent)
        duties.register("deliver bulk mail", duties.BULK, delivery.deliver_bulk)
        duties.register("remove old messages", duties.BULK, ageing.purge, rest=REST)
