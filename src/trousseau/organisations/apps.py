from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "trousseau.organisations"
    verbose_name = "organisations"

    def ready(self) -> None:
        from trousseau.organisations import lookup

        lookup.follow_changes()
