from django.apps import AppConfig


class RecoveryConfig(AppConfig):
    name = "trousseau.recovery"
    verbose_name = "recovery"

    def ready(self) -> None:
        from trousseau.recovery import letters
        from trousseau.recovery.services import ageing, answering
        from trousseau.work import duties
        from trousseau.work.ageing import REST

        letters.register()
        duties.register("answer recovery requests", duties.PEOPLE, answering.answer_due)
        duties.register("remove old requests", duties.BULK, ageing.purge_requests, rest=REST)
        duties.register("remove old notices", duties.BULK, ageing.purge_notices, rest=REST)
