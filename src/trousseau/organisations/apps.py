from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "trousseau.organisations"
    verbose_name = "organisations"

    def ready(self) -> None:
        from trousseau.audit import retention
        from trousseau.organisations import lookup, trail_times
        from trousseau.work import duties

        lookup.follow_changes()
        duties.register(
            "remove events whose time is over", duties.BULK, trail_times.purge, rest=retention.REST
        )
