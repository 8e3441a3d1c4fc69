from django.apps import AppConfig


class RecoveryConfig(AppConfig):
    name = "trousseau.recovery"
    verbose_name = "recovery"

    def ready(self) -> None:
        from trousseau.recovery import letters
        from trousseau.recovery.services import answering
        from trousseau.work import duties

        letters.register()
        duties.register("answer recovery requests", duties.PEOPLE, answering.answer_due)
